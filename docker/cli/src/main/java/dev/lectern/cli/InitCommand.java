package dev.lectern.cli;

import dev.lectern.cli.init.Estimates;
import dev.lectern.cli.init.FoundDataset;
import dev.lectern.cli.init.InitialFiles;
import dev.lectern.cli.init.ValidationSplit;
import dev.lectern.cli.progress.Displays;
import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.DatasetReader;
import dev.lectern.producer.dataset.DifficultObjects;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.file.OutputFile;
import dev.lectern.schemas.file.WholeFile;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.recognition.KnownExports;
import dev.lectern.teacher.recognition.ModelContents;
import dev.lectern.teacher.recognition.Recognition;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code lectern init}: the files of a project, from a dataset and a teacher. */
@Command(
    name = "init",
    header = "Write the files of a project for a dataset and a teacher.",
    description = {
      "Look at a dataset's folder and at an exported teacher, and write what the other commands"
          + " take: publish.yaml, teacher.yaml, teach.yaml, run.yaml and plan.yaml, with the classes,"
          + " size, schedule and losses that suit the two. Say how long recording and training will"
          + " take here. Needs no broker.",
      "What is not given is asked for, where there is a terminal. Then: lectern experiment"
          + " DIR/plan.yaml"
    })
final class InitCommand implements Callable<Integer> {
  private static final String DESCRIPTOR = "teacher.yaml";
  private static final BufferedReader INPUT =
      new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));

  @Spec private CommandSpec spec;
  @Mixin private ForceOption force;

  @Parameters(paramLabel = "DIR", description = "Where the files go; made when absent.")
  private Path out;

  @Option(
      names = "--dataset",
      paramLabel = "FOLDER",
      description =
          "Images and boxes as Pascal VOC, YOLO or COCO. A folder without a validation split is"
              + " split: a fifth of the images.")
  private Path folder;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "The exported teacher: .onnx, or .pt (TorchScript).")
  private Path model;

  @Option(
      names = "--teacher",
      paramLabel = "FILE.yaml",
      description =
          "The teacher's descriptor. Default: written, where lectern model recognises the export")
  private Path teacher;

  @Option(
      names = "--class-names-file",
      paramLabel = "FILE",
      description = "The teacher's class names, one per line, where the model file lacks them.")
  private Path classNamesFile;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Of the dataset on Kafka. Default: the name of its folder")
  private String name;

  /** What was written so far: all of it counts, or none. */
  private final List<Path> written = new ArrayList<>();

  @Override
  public Integer call() throws IOException {
    for (String file : List.of("publish.yaml", "teach.yaml", "run.yaml", "plan.yaml")) {
      force.requireFree(out.resolve(file), OutputFile.Mark.NONE, "DIR");
    }
    if (teacher == null) {
      force.requireFree(out.resolve(DESCRIPTOR), OutputFile.Mark.NONE, "DIR");
    }
    try {
      return write();
    } catch (RuntimeException e) {
      for (Path file : written) {
        Files.deleteIfExists(file);
      }
      throw e;
    }
  }

  private int write() {
    folder = asked(folder, "--dataset", "Folder of the dataset");
    model = asked(model, "--model", "Exported model of the teacher (.onnx or .pt)");
    String dataset = name == null ? nameOf(folder) : Topics.checkedName(name);
    PrintWriter print = spec.commandLine().getOut();
    FoundDataset found = FoundDataset.in(folder);
    Problems problems = new Problems();
    AnnotatedDataset read = read(found, problems);
    problems.requireMostBoxes(read);
    Recognition recognised = teacher == null ? recognise() : null;
    Path project = directory();
    if (!found.splits().contains("val")) {
      ValidationSplit split = ValidationSplit.of(found.onlySource(), read.images());
      for (String name : List.of("train", "val")) {
        force.requireFree(project.resolve(ValidationSplit.file(name)), OutputFile.Mark.NONE, "DIR");
      }
      Path train = write(project, ValidationSplit.file("train"), split.text(split.train()));
      Path val = write(project, ValidationSplit.file("val"), split.text(split.val()));
      found = found.withLists(train, val);
      read = read(found, new Problems());
    }
    Path descriptor = teacher;
    if (recognised != null) {
      descriptor = write(project, DESCRIPTOR, recognised.descriptor());
    }
    InitialFiles files =
        new InitialFiles(
            dataset,
            found,
            read,
            descriptor.toAbsolutePath().normalize(),
            DescriptorYaml.read(descriptor),
            model.toAbsolutePath().normalize(),
            Runtime.getRuntime().availableProcessors());
    InitialFiles.Distillation distillation = files.distillation();
    describe(files, problems, distillation, print);
    if (recognised != null) {
      recognised
          .unsure()
          .forEach(unsure -> print.println("check           teacher.yaml: " + unsure));
    }
    if (distillation.losses().isEmpty()) {
      throw new UserMistakeException(
          "teacher "
              + descriptor
              + ": no loss applies to a student of this dataset: "
              + String.join("; ", distillation.reasons()));
    }
    write(project, "publish.yaml", files.publish());
    write(project, "teach.yaml", files.teach());
    write(project, "run.yaml", files.run());
    Path plan = write(project, "plan.yaml", files.plan(distillation.losses()));
    estimate(files, print);
    print.println();
    print.println("next            lectern experiment " + plan);
    print.flush();
    return ExitCode.DONE;
  }

  private static AnnotatedDataset read(FoundDataset found, Problems problems) {
    return DatasetReader.of(found.format(), null, found.classNamesFile(), DifficultObjects.IGNORE)
        .read(found.sources(), problems);
  }

  /** What the export is, which has a descriptor. */
  private Recognition recognise() {
    List<String> names = classNamesFile == null ? List.of() : ClassNamesFile.read(classNamesFile);
    Recognition recognition = KnownExports.of(ModelContents.read(model, null), names);
    if (recognition.descriptor() == null) {
      throw new UserMistakeException(
          "--model "
              + model
              + ": "
              + recognition.export()
              + ": "
              + recognition.reason()
              + "; lectern model shows what it holds; give a descriptor with --teacher");
    }
    return recognition;
  }

  private Path asked(Path given, String option, String question) {
    if (given != null) {
      return given;
    }
    String answer = Boolean.getBoolean(Displays.TERMINAL_PROPERTY) ? ask(question) : null;
    if (answer == null || answer.isBlank()) {
      throw new UserMistakeException(option + ": found nothing, expected a path");
    }
    return Path.of(answer.strip());
  }

  private static String ask(String question) {
    System.err.print(question + ": ");
    System.err.flush();
    try {
      return INPUT.readLine();
    } catch (IOException e) {
      return null; // as at the end of the input
    }
  }

  private static String nameOf(Path folder) {
    Path last = folder.toAbsolutePath().normalize().getFileName();
    String name =
        last == null
            ? ""
            : last.toString().toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]+", "-");
    return Topics.checkedName(name.isEmpty() ? "dataset" : name);
  }

  private Path directory() {
    try {
      return Files.createDirectories(out.toAbsolutePath().normalize());
    } catch (IOException e) {
      throw new UserMistakeException(
          "DIR " + out + ": cannot be made: " + FileError.describe(e), e);
    }
  }

  private Path write(Path project, String name, String text) {
    Path file = project.resolve(name);
    try {
      written.add(file);
      WholeFile.write(file, temporary -> Files.writeString(temporary, text));
      return file;
    } catch (IOException e) {
      throw new UserMistakeException(file + ": cannot be written: " + FileError.describe(e), e);
    }
  }

  private static void describe(
      InitialFiles files,
      Problems problems,
      InitialFiles.Distillation distillation,
      PrintWriter print) {
    print.printf(
        "dataset         %s: %s, %d images, splits %s, %d classes%s%n",
        files.name(),
        files.found().format().label(),
        files.dataset().images().size(),
        files.found().splits(),
        files.dataset().classNames().size(),
        problems.total() == 0 ? "" : ", problems " + problems.byName());
    TeacherDescriptor teacher = files.teacher();
    print.printf(
        "teacher         %s: %dx%d, %d classes, resize %s%n",
        teacher.getName(),
        teacher.getInputWidth(),
        teacher.getInputHeight(),
        teacher.getClassNames().size(),
        teacher.getInputResize().name().toLowerCase(Locale.ROOT));
    print.println("distilled       losses " + String.join(", ", distillation.losses()));
    for (String reason : distillation.reasons()) {
      print.println("does not apply  " + reason);
    }
    if (distillation.ofFeatures()) {
      print.println(
          "expect          no gain of features alone: on BCCD, those of a teacher of other classes took 4"
              + " points of AP from the student");
      print.println(
          "better          a teacher of these classes: lectern train with dataset: "
              + files.name()
              + ", then lectern teach --model student.safetensors");
    }
  }

  private void estimate(InitialFiles files, PrintWriter print) {
    try (Teacher opened =
        ModelFile.open(
            files.teacher(),
            files.model(),
            files.kinds(),
            ComputeDevice.parse("cpu"),
            files.threads())) {
      Estimates.of(files, opened).forEach(print::println);
    }
  }
}
