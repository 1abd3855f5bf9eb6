package dev.lectern.cli;

import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.view.CanvasSize;
import dev.lectern.teacher.recognition.KnownExports;
import dev.lectern.teacher.recognition.ModelContents;
import dev.lectern.teacher.recognition.ModelTensor;
import dev.lectern.teacher.recognition.Recognition;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lectern model}: what a model file holds, and the descriptor with which it can teach. */
@Command(
    name = "model",
    header = "Show what an exported model holds, and write its teacher descriptor.",
    description = {
      "Runs an ONNX or TorchScript file once and lists its inputs and outputs. Known exports"
          + " (Ultralytics YOLO, NanoDet, YOLOX, torchvision, mmdetection, PP-YOLOE) are recognised:"
          + " which outputs or inner tensors are class logits, boxes and features of each level,"
          + " and what the export does not hold."
    })
final class ModelCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ForceOption force;
  @Mixin private JsonOption output;

  @Parameters(paramLabel = "FILE", description = "The model: .onnx, or .pt (TorchScript).")
  private Path file;

  @Option(
      names = "--size",
      paramLabel = "WxH",
      description = "Size of images, where the file leaves it open.")
  private String size;

  @Option(
      names = "--class-names",
      split = ",",
      paramLabel = "NAME",
      description = "Class names in label order, where the file does not have them.")
  private List<String> classNames = List.of();

  @Option(
      names = "--class-names-file",
      paramLabel = "FILE",
      description = "Class names, one per line.")
  private Path classNamesFile;

  @Option(
      names = "--inner",
      description = "List every inner tensor that is a map (N, C, h, w) too; ONNX only.")
  private boolean inner;

  @Option(
      names = "--write",
      paramLabel = "FILE.yaml",
      description = "Write the descriptor. Default: print it")
  private Path write;

  @Override
  public Integer call() throws Exception {
    if (write != null) {
      force.requireFree(write, OutputFile.Mark.NONE, "--write");
    }
    ModelContents model = ModelContents.read(file, size());
    Recognition found = KnownExports.of(model, names());
    PrintWriter out = spec.commandLine().getOut();
    if (output.json()) {
      out.println(JsonOption.text(new Shown(model, inner, found)));
    } else {
      show(model, out);
      out.println("recognised as   " + found.export());
      show(found, out);
    }
    out.flush();
    if (write != null) {
      write(found);
      if (!output.json()) {
        out.println("descriptor      " + write);
        out.flush();
      }
    }
    return ExitCode.DONE;
  }

  /**
   * The result for programs.
   *
   * @param descriptor as YAML; null where the model is not a teacher, for the reason
   */
  private record Shown(
      String model,
      int width,
      int height,
      List<ModelTensor> inputs,
      List<ModelTensor> outputs,
      List<ModelTensor> inner,
      String recognisedAs,
      String descriptor,
      List<String> check,
      List<String> better,
      String reason) {
    Shown(ModelContents model, boolean inner, Recognition found) {
      this(
          model.file().toString(),
          model.width(),
          model.height(),
          model.inputs(),
          model.outputs(),
          inner ? model.inner() : List.of(),
          found.export(),
          found.descriptor(),
          found.unsure(),
          found.advice(),
          found.reason());
    }
  }

  private ModelContents.Size size() {
    if (size == null) {
      return null;
    }
    CanvasSize canvas = CanvasSize.parse(size);
    return new ModelContents.Size(canvas.width(), canvas.height());
  }

  private List<String> names() {
    return classNamesFile == null ? classNames : ClassNamesFile.read(classNamesFile);
  }

  private void show(ModelContents model, PrintWriter out) {
    out.println("model           " + model.file());
    out.println("images          " + model.width() + "x" + model.height());
    model.inputs().forEach(tensor -> out.println("input           " + tensor));
    model.outputs().forEach(tensor -> out.println("output          " + tensor));
    if (inner) {
      for (ModelTensor tensor : model.inner()) {
        out.println("inner           " + tensor);
      }
    }
  }

  private void show(Recognition found, PrintWriter out) throws IOException {
    if (found.descriptor() == null) {
      out.println("no teacher      " + found.reason());
      found.advice().forEach(advice -> out.println("better          " + advice));
      return;
    }
    TeacherDescriptor descriptor = read(found.descriptor());
    for (RecordedTensor tensor : descriptor.getTensors()) {
      out.printf(
          "%-15s %s%s  %s%n",
          tensor.getName(),
          tensor.getOutput(),
          tensor.getConversion().isEmpty() ? "" : "  " + tensor.getConversion(),
          tensor.getShape());
    }
    descriptor.getConversionLosses().forEach(loss -> out.println("not recorded    " + loss));
    found.advice().forEach(advice -> out.println("better          " + advice));
    found.unsure().forEach(unsure -> out.println("check           " + unsure));
    if (write == null) {
      out.println();
      out.print(found.descriptor());
    }
  }

  private void write(Recognition found) {
    if (found.descriptor() == null) {
      throw new UserMistakeException(
          "model " + file + ": " + found.export() + ": " + found.reason());
    }
    try {
      WholeFile.write(write, temporary -> Files.writeString(temporary, found.descriptor()));
    } catch (IOException e) {
      throw new UserMistakeException(
          "--write " + write + ": cannot be written: " + FileError.describe(e), e);
    }
  }

  private static TeacherDescriptor read(String yaml) throws IOException {
    Path temporary = Files.createTempFile("teacher", ".yaml");
    try {
      return DescriptorYaml.read(Files.writeString(temporary, yaml));
    } finally {
      Files.delete(temporary);
    }
  }
}
