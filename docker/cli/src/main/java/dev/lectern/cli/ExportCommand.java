package dev.lectern.cli;

import ai.djl.ndarray.NDManager;
import dev.lectern.detector.Detector;
import dev.lectern.detector.device.TorchDevice;
import dev.lectern.detector.export.StudentExport;
import dev.lectern.detector.weights.Weights;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.log.ManifestStore;
import dev.lectern.schemas.view.CanvasSize;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * {@code lectern export}: a trained student becomes a model file that can be the next teacher, or
 * its weights alone.
 */
@Command(
    name = "export",
    header = "Write a trained student as a model file, with its teacher descriptor.",
    description = {
      "Write a trained student as ONNX, or as TorchScript if it came as that, and, beside it, the"
          + " descriptor with which 'lectern teach' can run it.",
      "With --format safetensors: its weights alone, under the names of public code (torchvision,"
          + " MMDetection, Ultralytics)."
    })
final class ExportCommand implements Callable<Integer> {
  private static final Pattern FILE_NAME = Pattern.compile("[\\p{L}\\p{N}_][\\p{L}\\p{N}_.-]*");

  @Spec private CommandSpec spec;
  @Mixin private ConnectionOptions connection;
  @Mixin private DeviceOptions device;
  @Mixin private ForceOption force;
  @Mixin private JsonOption output;

  @Option(
      names = "--student",
      paramLabel = "FILE",
      required = true,
      description = "student.safetensors of a run, or one of its checkpoints.")
  private Path student;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = ".",
      description = "Folder of NAME.onnx or NAME.pt, and NAME.yaml; or of NAME.safetensors.")
  private Path out;

  @Option(
      names = "--name",
      required = true,
      description = "Name of the teacher that this becomes, and of the files.")
  private String name;

  @Option(
      names = "--format",
      defaultValue = "model",
      description =
          "model (ONNX or TorchScript, with its descriptor) or safetensors (weights alone).")
  private Format format;

  /** What is written. */
  private enum Format {
    MODEL,
    SAFETENSORS
  }

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description = "Input size. Default with --dataset: its canvas")
  private String size;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      defaultValue = "8",
      description = "Views per call that the descriptor asks for.")
  private int batchSize;

  @ArgGroup(multiplicity = "0..1")
  private Classes classes;

  /** Where the class names come from. */
  private static final class Classes {
    @Option(
        names = "--dataset",
        paramLabel = "NAME",
        description = "Class names (and size) of this dataset on Kafka.")
    String dataset;

    @Option(
        names = "--class-names",
        split = ",",
        paramLabel = "NAME",
        description = "Class names in label order.")
    List<String> names;

    @Option(
        names = "--class-names-file",
        paramLabel = "FILE",
        description = "Class names, one per line.")
    Path file;
  }

  @Override
  public Integer call() throws Exception {
    if (!FILE_NAME.matcher(name).matches()) {
      throw new UserMistakeException(
          "--name '" + name + "': expected a file name of letters, digits, '-', '_' and '.'");
    }
    if (format == Format.SAFETENSORS) {
      return weights();
    }
    if (classes == null) {
      throw new UserMistakeException(
          "--class-names: missing, expected the names, --class-names-file or --dataset");
    }
    if (batchSize < 1) {
      throw new UserMistakeException("--batch-size " + batchSize + ": expected 1 or more");
    }
    requireFree(out.resolve(name + ".yaml"));
    TorchDevice on = device.device();
    List<String> classNames = classes.names;
    CanvasSize canvas = size == null ? null : CanvasSize.parse(size);
    if (classes.file != null) {
      classNames = ClassNamesFile.read(classes.file);
    } else if (classes.dataset != null) {
      Map<String, Object> kafka = connection.clientProperties();
      BrokerCheck.answers(kafka);
      try (ManifestStore manifests = new ManifestStore(kafka)) {
        var dataset = manifests.requireDataset(classes.dataset);
        classNames = dataset.getClassNames();
        canvas = canvas == null ? new CanvasSize(dataset.getWidth(), dataset.getHeight()) : canvas;
      }
    }
    try (NDManager manager = on.newManager();
        Detector detector = StudentFile.open(student, manager)) {
      CanvasSize own = detector.spec().inputSize();
      if (own != null && size == null) {
        canvas = own;
      }
      if (canvas == null) {
        throw new UserMistakeException("--size: missing, expected WIDTHxHEIGHT or --dataset");
      }
      StudentExport export =
          new StudentExport(name, canvas.width(), canvas.height(), classNames, batchSize);
      requireFree(export.modelFile(detector, out));
      Path model = export.write(detector, out);
      report(Map.of("model", model, "descriptor", out.resolve(name + ".yaml")));
    } catch (IOException e) {
      throw new UserMistakeException(
          "--out " + out + ": cannot be written: " + FileError.describe(e), e);
    }
    return ExitCode.DONE;
  }

  private int weights() {
    Path file = out.resolve(name + ".safetensors");
    requireFree(file);
    try (NDManager manager = device.device().newManager();
        Detector detector = StudentFile.open(student, manager)) {
      Weights.save(detector, file);
    } catch (IOException e) {
      throw new UserMistakeException(
          "--out " + out + ": cannot be written: " + FileError.describe(e), e);
    }
    report(Map.of("weights", file));
    return ExitCode.DONE;
  }

  /** Prints the files that were written. */
  private void report(Map<String, Path> files) {
    PrintWriter print = spec.commandLine().getOut();
    SortedMap<String, String> names = new TreeMap<>(Comparator.reverseOrder());
    files.forEach((what, file) -> names.put(what, file.toString()));
    if (output.json()) {
      print.println(JsonOption.text(names));
    } else {
      names.forEach((what, file) -> print.println(what + " " + file));
    }
    print.flush();
  }

  private void requireFree(Path file) {
    force.requireFree(file, OutputFile.Mark.NONE, "--out or --name");
  }
}
