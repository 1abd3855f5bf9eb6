package dev.lectern.cli;

import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.lectern.detector.Detector;
import dev.lectern.detector.box.Detection;
import dev.lectern.detector.box.DetectionDecoder;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.detector.network.ForwardPass;
import dev.lectern.detector.network.Outputs;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.dataset.UnusableImageException;
import dev.lectern.report.Page;
import dev.lectern.report.Photo;
import dev.lectern.report.Picture;
import dev.lectern.report.Tone;
import dev.lectern.report.inspect.RecordedOutputs;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.tensor.Tensor;
import dev.lectern.schemas.view.Affine;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.schemas.view.OpenCvLibrary;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.ViewPass;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lectern predict}: what a student or a teacher sees on a person's own images. */
@Command(
    name = "predict",
    header = "Draw a student's or a teacher's boxes on your own images.",
    description = {
      "Write an HTML page with the boxes that a student or a teacher finds on images or folders of"
          + " images. Needs no broker."
    })
final class PredictCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private DeviceOptions device;
  @Mixin private ForceOption force;

  @Parameters(paramLabel = "IMAGE", arity = "1..*", description = "Images, or folders of them.")
  private List<Path> images;

  @ArgGroup(multiplicity = "1")
  private Network network;

  /** Who looks at the images. */
  private static final class Network {
    @Option(
        names = "--student",
        paramLabel = "FILE",
        description = "student.safetensors of a run, or one of its checkpoints.")
    Path student;

    @ArgGroup(exclusive = false)
    OfTeacher teacher;
  }

  private static final class OfTeacher {
    @Option(
        names = "--teacher",
        paramLabel = "FILE.yaml",
        required = true,
        description = "The teacher's descriptor.")
    Path descriptor;

    @Option(
        names = "--model",
        paramLabel = "FILE",
        required = true,
        description = "The teacher's model file.")
    Path model;
  }

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description = "A student's canvas. Default: 416x416; a teacher's is its input")
  private String size;

  @Option(
      names = "--resize",
      defaultValue = "letterbox",
      description = "${COMPLETION-CANDIDATES}, as the network was trained.")
  private ResizeMode resize;

  @Option(
      names = "--class-names-file",
      paramLabel = "FILE",
      description = "A student's class names, one a line. Default: their numbers")
  private Path classNames;

  @Option(
      names = "--score",
      paramLabel = "P",
      defaultValue = "0.3",
      description = "Boxes of a lower score are left out.")
  private double score;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      defaultValue = "predictions.html",
      description = "The page.")
  private Path out;

  @Option(
      names = "--json",
      description = "Print the boxes as JSON: file, class, score, and bbox in pixels of the image.")
  private boolean json;

  /** A network with what its boxes mean. */
  private record Looking(
      Tone tone,
      CanvasSize size,
      List<String> classNames,
      Function<View, List<Detection>> detections) {}

  @Override
  public Integer call() throws IOException {
    if (!(score > 0 && score < 1)) {
      throw new UserMistakeException(
          "--score: found " + score + ", expected a number between 0 and 1");
    }
    force.requireFree(out, Page.mark("predict"), "--out");
    List<Path> files = OwnImages.below(images);
    OpenCvLibrary.load();
    if (network.student != null) {
      try (NDManager manager = device.device().newManager();
          Detector student = StudentFile.open(network.student, manager)) {
        return predict(files, of(student));
      }
    }
    TeacherDescriptor descriptor = DescriptorYaml.read(network.teacher.descriptor);
    try (Teacher teacher =
        ModelFile.open(
            descriptor,
            network.teacher.model,
            RecordedOutputs.NEEDED,
            ComputeDevice.parse("cpu"),
            Runtime.getRuntime().availableProcessors())) {
      return predict(files, of(teacher));
    }
  }

  private Looking of(Detector student) {
    CanvasSize own = student.spec().inputSize();
    CanvasSize canvas =
        size == null && own != null ? own : CanvasSize.parse(size == null ? "416x416" : size);
    DetectionDecoder decoder =
        DetectionDecoder.of(
            student.spec(), canvas.height(), canvas.width(), DetectionDecoder.Limits.DEFAULT);
    List<String> names = classNames == null ? List.of() : ClassNamesFile.read(classNames);
    if (classNames != null && names.size() != student.spec().classes()) {
      throw new UserMistakeException(
          "--class-names-file: found "
              + names.size()
              + " names, the student has "
              + student.spec().classes()
              + " classes");
    }
    ByteBuffer input =
        ByteBuffer.allocateDirect(3 * canvas.height() * canvas.width() * Float.BYTES)
            .order(ByteOrder.nativeOrder());
    return new Looking(
        Tone.STUDENT,
        canvas,
        names,
        view -> {
          student.spec().input().normalization().write(Canvas.decode(view), input.asFloatBuffer());
          Outputs<float[]> outputs =
              ForwardPass.of(student, input, 1, 3, view.getHeight(), view.getWidth()).get(0);
          return decoder.decode(outputs, view.getValidWidth(), view.getValidHeight());
        });
  }

  private Looking of(Teacher teacher) {
    TeacherDescriptor descriptor = teacher.descriptor();
    if (size != null || classNames != null) {
      throw new UserMistakeException(
          "--size and --class-names-file: expected them with --student, a descriptor states both");
    }
    DetectionDecoder decoder =
        DetectionDecoder.of(
            descriptor, descriptor.getClassNames().size(), DetectionDecoder.Limits.DEFAULT);
    ViewPass pass = new ViewPass(teacher);
    return new Looking(
        Tone.TEACHER,
        new CanvasSize(descriptor.getInputWidth(), descriptor.getInputHeight()),
        descriptor.getClassNames(),
        view ->
            decoder.decode(
                outputs(decoder, pass.outputs(List.of(view)).get(0)),
                view.getValidWidth(),
                view.getValidHeight()));
  }

  private static Outputs<float[]> outputs(
      DetectionDecoder decoder, Map<TensorKind, List<Tensor>> tensors) {
    Outputs<float[]> outputs = Outputs.none();
    for (TensorRole role : decoder.roles()) {
      List<float[]> levels = new ArrayList<>();
      for (int level = 0; level < decoder.priors().levels().size(); level++) {
        String name = role.at(level);
        levels.add(
            tensors.values().stream()
                .flatMap(List::stream)
                .filter(tensor -> tensor.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new UserMistakeException("teacher: found no tensor " + name))
                .toArray());
      }
      outputs = outputs.with(role, levels);
    }
    return outputs;
  }

  private int predict(List<Path> files, Looking looking) throws IOException {
    OwnImages own = new OwnImages(looking.size, resize);
    Page page = new Page("Predictions", "predict");
    page.paragraph("Boxes of a score of at least " + score + "; point at one for class and score.");
    page.key(Map.of(looking.tone, looking.tone == Tone.STUDENT ? "student" : "teacher"));
    ArrayNode all = new JsonMapper().createArrayNode();
    PrintWriter printed = spec.commandLine().getOut();
    int boxes = 0;
    int used = 0;
    for (Path file : files) {
      View view;
      try {
        view = own.view(file);
      } catch (UnusableImageException e) {
        spec.commandLine()
            .getErr()
            .println(
                "image " + file + ": left out, " + e.problem().label() + ": " + e.getMessage());
        continue;
      }
      used++;
      List<Photo.Frame> frames = new ArrayList<>();
      for (Detection found : looking.detections.apply(view)) {
        if (found.score() >= score) {
          frames.add(frame(looking, found));
          all.add(inJson(file, looking, view, found));
        }
      }
      boxes += frames.size();
      page.heading(file + ", " + frames.size() + (frames.size() == 1 ? " box" : " boxes"));
      page.narrow(List.of(new Photo("boxes", picture(view), List.of(), frames, looking.tone)));
    }
    if (used == 0) {
      throw new UserMistakeException("images: none of " + files.size() + " could be used");
    }
    try {
      page.write(out);
    } catch (IOException e) {
      throw new UserMistakeException(
          "--out " + out + ": cannot be written: " + FileError.reason(e), e);
    }
    if (json) {
      printed.println(all);
    } else {
      printed.printf("%s: %d boxes on %d images%n", out, boxes, used);
    }
    printed.flush();
    return ExitCode.DONE;
  }

  private static String name(Looking looking, int label) {
    return looking.classNames.isEmpty() ? "class " + label : looking.classNames.get(label);
  }

  private static Photo.Frame frame(Looking looking, Detection found) {
    String label =
        String.format(Locale.ROOT, "%s %.2f", name(looking, found.label()), found.score());
    return new Photo.Frame(looking.tone, label, found.x1(), found.y1(), found.x2(), found.y2());
  }

  private static ObjectNode inJson(Path file, Looking looking, View view, Detection found) {
    double[] box =
        Affine.of(view.getTransform().getAffine())
            .inverse()
            .applyToBox(found.x1(), found.y1(), found.x2(), found.y2());
    ObjectNode node = new JsonMapper().createObjectNode();
    node.put("file", file.toString())
        .put("class", name(looking, found.label()))
        .put("score", found.score());
    node.putArray("bbox").add(box[0]).add(box[1]).add(box[2] - box[0]).add(box[3] - box[1]);
    return node;
  }

  private static Picture picture(View view) {
    return new Picture(
        "view-" + view.getViewId(),
        "image/png",
        view.getPixels().array(),
        view.getWidth(),
        view.getHeight());
  }
}
