package dev.lectern.cli;

import dev.lectern.detector.Detector;
import dev.lectern.detector.family.Families;
import dev.lectern.detector.family.SegmentationFamily;
import dev.lectern.detector.network.ForwardPass;
import dev.lectern.detector.pixel.LabelMap;
import dev.lectern.detector.pixel.PixelClasses;
import dev.lectern.report.inspect.RecordedPixelLogits;
import dev.lectern.report.inspect.RecordedViews;
import dev.lectern.report.inspect.SeenPixels;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.log.PayloadReader;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.progress.Progress;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.IndexEntry;
import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.Task;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.TensorContainer;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.LabelPixels;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads views of a recording that gives pixels their classes: annotation, teacher, student. The
 * classes are the dataset's, then those that the teacher alone knows.
 */
final class InspectedPixels {
  private final List<String> names;
  private final byte[] ofTeacher;
  private final RecordedPixelLogits logits;
  private final Detector student;
  private final PixelClasses studentReading;

  /**
   * @param student stays the caller's to close; null for none
   * @throws UserMistakeException if the recording holds no class logits, or the student has other
   *     classes than the dataset
   */
  InspectedPixels(RecordingManifest recording, DatasetManifest dataset, Detector student) {
    names = new ArrayList<>(dataset.getClassNames());
    List<String> teacherNames = recording.getDescriptor().getClassNames();
    teacherNames.stream().filter(name -> !names.contains(name)).forEach(names::add);
    ofTeacher = new byte[teacherNames.size()];
    for (int k = 0; k < ofTeacher.length; k++) {
      ofTeacher[k] = (byte) names.indexOf(teacherNames.get(k));
    }
    logits = new RecordedPixelLogits(recording, dataset);
    this.student = student;
    studentReading = student == null ? null : reading(student, dataset);
  }

  private static PixelClasses reading(Detector student, DatasetManifest dataset) {
    if (Families.of(student.spec()).task() != Task.SEGMENTATION
        || student.spec().classes() != dataset.getClassNames().size()) {
      throw new UserMistakeException(
          "--student: found one for "
              + Families.of(student.spec()).task()
              + " of "
              + student.spec().classes()
              + " classes, expected SEGMENTATION of the "
              + dataset.getClassNames().size()
              + " of dataset '"
              + dataset.getName()
              + "'");
    }
    SegmentationFamily family = (SegmentationFamily) Families.of(student.spec());
    int height = dataset.getHeight();
    int width = dataset.getWidth();
    return new PixelClasses(
        family.levels(student.spec(), height, width).get(0), family.upsampling(), height, width);
  }

  /** Of all maps, in label order. */
  List<String> names() {
    return names;
  }

  List<SeenPixels> read(
      ViewReader reader, PayloadReader payloads, List<IndexEntry> entries, Progress progress) {
    List<SeenPixels> seen = new ArrayList<>();
    List<View> views = RecordedViews.pixels(reader, entries);
    for (int i = 0; i < views.size(); i++) {
      View view = views.get(i);
      TensorContainer scores =
          TensorContainer.open(payloads.read(entries.get(i).getReceipt(), TensorKind.CLASS_SCORES));
      LabelMap teacher = logits.reading().of(RecordedPixelLogits.of(scores));
      LabelPixels.map(teacher.classes(), ofTeacher);
      LabelMap truth =
          LabelPixels.has(view)
              ? new LabelMap(view.getWidth(), view.getHeight(), LabelPixels.decode(view))
              : null;
      seen.add(new SeenPixels(view, truth, teacher, student == null ? null : ofStudent(view)));
      progress.advance(1);
    }
    return seen;
  }

  private LabelMap ofStudent(View view) {
    ByteBuffer input =
        ByteBuffer.allocateDirect(3 * view.getHeight() * view.getWidth() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    student.spec().input().normalization().write(Canvas.decode(view), input.asFloatBuffer());
    return studentReading.of(
        ForwardPass.of(student, input, 1, 3, view.getHeight(), view.getWidth())
            .get(0)
            .get(TensorRole.CLASS_LOGITS, 0));
  }
}
