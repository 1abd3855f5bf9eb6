package dev.lectern.cli.init;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.detector.network.Detectors;
import dev.lectern.detector.network.ForwardPass;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherOutputs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Locale;

/** What recording and training will take, from one run of each network here. */
public final class Estimates {
  /** A step is a forward pass, and a backward pass of about twice its arithmetic. */
  private static final double STEP_PER_FORWARD = 3.2;

  private static final int CALLS = 5;

  private Estimates() {}

  /**
   * In lines: recording, training, the disk.
   *
   * @param teacher opened with the files' threads
   */
  public static List<String> of(InitialFiles files, Teacher teacher) {
    long views = files.allViews();
    int width = files.teacher().getInputWidth();
    int height = files.teacher().getInputHeight();
    double teach = views * secondsPerView(teacher);
    double training =
        files.epochs()
            * files.trainImages()
            * secondsPerImage(files.spec(), files.batchSize(), width, height);
    double tensors = (double) views * bytesPerView(files.teacher());
    double pixels = (double) views * 3 * width * height;
    return List.of(
        String.format(Locale.ROOT, "recording       about %s for %,d views", time(teach), views),
        String.format(
            Locale.ROOT,
            "training        about %s each, %d epochs with %d threads; %d trainings in plan.yaml",
            time(training),
            files.epochs(),
            files.threads(),
            files.trainings()),
        String.format(
            Locale.ROOT,
            "disk            at most %s of views, %s of teacher outputs, and as much in the"
                + " students' replay store",
            size(pixels),
            size(tensors)));
  }

  private static double secondsPerView(Teacher teacher) {
    FloatBuffer input = TeacherOutputs.floats((long) teacher.batchSize() * teacher.inputSize());
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
    return seconds(() -> teacher.infer(input, outputs)) / teacher.batchSize();
  }

  private static double secondsPerImage(DetectorSpec student, int batch, int width, int height) {
    ByteBuffer pixels =
        ByteBuffer.allocateDirect(batch * 3 * width * height * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    try (NDManager manager = NDManager.newBaseManager("PyTorch");
        Detector network = Detectors.create(student, manager, 0)) {
      return STEP_PER_FORWARD
          * seconds(() -> ForwardPass.of(network, pixels, batch, 3, height, width))
          / batch;
    }
  }

  /** The shortest of some calls, the first of which still compile and allocate. */
  private static double seconds(Runnable call) {
    long shortest = Long.MAX_VALUE;
    for (int i = 0; i < CALLS; i++) {
      long start = System.nanoTime();
      call.run();
      shortest = Math.min(shortest, System.nanoTime() - start);
    }
    return shortest * 1e-9;
  }

  /**
   * Bytes of a view's tensors at the default encodings before compression: two a logit, one a
   * feature value.
   */
  private static long bytesPerView(TeacherDescriptor teacher) {
    long bytes = 0;
    for (RecordedTensor tensor : teacher.getTensors()) {
      long values =
          tensor.getShape().stream().mapToLong(Number::longValue).reduce(1, (a, b) -> a * b);
      bytes += tensor.getKind() == TensorKind.FPN_FEATURES ? values : 2 * values;
    }
    return bytes;
  }

  /** Such as {@code 40 s}, {@code 12 min}, {@code 3.5 h}. */
  private static String time(double seconds) {
    if (seconds < 90) {
      return String.format(Locale.ROOT, "%.0f s", seconds);
    }
    return seconds < 5400
        ? String.format(Locale.ROOT, "%.0f min", seconds / 60)
        : String.format(Locale.ROOT, "%.1f h", seconds / 3600);
  }

  /** Such as {@code 40 MB}. */
  private static String size(double bytes) {
    return bytes < 1e9
        ? String.format(Locale.ROOT, "%.0f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.1f GB", bytes / 1e9);
  }
}
