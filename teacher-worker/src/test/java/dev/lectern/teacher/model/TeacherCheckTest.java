package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.teacher.recognition.ModelContents;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is wrong with a model is said before it is given views, with what to do. */
class TeacherCheckTest {
  private static final String YAML =
      """
      name: tiny
      input: {name: image, width: 64, height: 64, channels: RGB, mean: [0, 0, 0], std: [255, 255, 255]}
      head: {type: GFL, bins: 8, grid-offset: 0.5}
      levels:
        - {stride: 8, class-scores: cls, box-logits: dist}
      class-names: [a, b, c]
      batch-size: 4
      """;

  @TempDir private Path dir;

  @Test
  void aModelThatIsAsItShouldBePasses() {
    assertThatCode(() -> check(YAML, g -> g.node("Identity", "cls", List.of("scores"))))
        .doesNotThrowAnyException();
  }

  @Test
  void aSigmoidInsideTheExportIsNamed() {
    assertThatThrownBy(
            () ->
                check(
                    YAML,
                    g -> {
                      g.node("Sigmoid", "p", List.of("scores"));
                      g.node("Identity", "cls", List.of("p"));
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("outputs cls (cls.0 and on) lie in [0, 1], from ")
        .hasMessageContaining("name the tensors before it (scores), or add the conversion");
  }

  @Test
  void logitsThatAreSaidToBeProbabilitiesAreRefused() {
    String yaml =
        YAML.replaceAll("(?s)head:.*class-names", "class-names")
            + """
            boxes: {form: distribution, bins: 8}
            priors: {grid-offset: 0.5}
            tensors:
              - {name: cls.0, output: cls, stride: 8, conversion: maps logit}
              - {name: dist.0, output: dist, stride: 8}
            """;
    assertThatThrownBy(() -> check(yaml, g -> g.node("Identity", "cls", List.of("scores"))))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("output 'cls' (cls.0) has numbers outside [0, 1]")
        .hasMessageContaining("leave out 'logit'");
  }

  @Test
  void aMapWithHeightAndWidthSwappedIsRefused() {
    assertThatThrownBy(() -> check(YAML, g -> g.transpose("scores", "cls", 0, 1, 3, 2)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("of a change of the image's lower left")
        .hasMessageContaining("height and width are swapped");
  }

  /** 64 rows of stride 8 and 16 of stride 16, the coarse ones first. */
  @Test
  void levelsInAnotherOrderAreRefused() {
    String yaml =
        YAML.replaceAll("(?s)head:.*class-names", "class-names")
            + """
            boxes: {form: distribution, bins: 8}
            priors: {grid-offset: 0.5}
            tensors:
              - {name: cls.0, output: cls, stride: 8, conversion: columns}
              - {name: cls.1, output: cls, stride: 16, conversion: columns}
              - {name: dist.0, output: dist, stride: 8}
              - {name: dist.1, output: dist16, stride: 16}
            """;
    Consumer<GraphBuilder> coarse =
        g -> {
          g.convolution("p3", "p4", 8, 8, 3, 2);
          g.convolution("p4", "scores16", 8, 3, 1, 1, -1);
          g.convolution("p4", "dist16", 8, 32, 1, 1);
          g.reshape("scores", "fine", 4, 3, 64);
          g.reshape("scores16", "coarse", 4, 3, 16);
          g.output("dist16");
        };
    assertThatCode(
            () -> check(yaml, coarse.andThen(g -> g.concat("cls", 2, List.of("fine", "coarse")))))
        .doesNotThrowAnyException();
    assertThatThrownBy(
            () -> check(yaml, coarse.andThen(g -> g.concat("cls", 2, List.of("coarse", "fine")))))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("levels come in another order than fine to coarse");
  }

  @Test
  void scoresOnAnotherScaleAreRefused() {
    assertThatThrownBy(
            () ->
                check(
                    YAML,
                    g -> {
                      g.node("Sigmoid", "p", List.of("scores"));
                      g.node(
                          "Mul", "cls", List.of("p", g.floats("percent", new double[] {100}, 1)));
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("output cls (cls.0): found numbers from ")
        .hasMessageContaining("and none below 0");
  }

  @Test
  void logarithmsOfProbabilitiesAreRefused() {
    assertThatThrownBy(
            () ->
                check(
                    YAML,
                    g ->
                        g.node(
                            "LogSoftmax",
                            "cls",
                            List.of("scores"),
                            GraphBuilder.integer("axis", 1))))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("add up to 1 over the 3 classes of each cell")
        .hasMessageContaining("a log-softmax is part of the export");
  }

  @Test
  void aLogarithmOfASigmoidIsNamed() {
    Consumer<GraphBuilder> logSigmoid =
        g -> {
          g.node("Sigmoid", "p", List.of("scores"));
          g.node("Log", "log", List.of("p"));
          g.node("Identity", "cls", List.of("log"));
        };

    assertThatThrownBy(() -> check(YAML, logSigmoid))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("output cls (cls.0): found logarithms of probabilities")
        .hasMessageContaining("name the tensors before them (scores)");
  }

  @Test
  void aSoftmaxOverTheBinsOfASideIsNamed() {
    assertThatThrownBy(
            () ->
                checkGraph(
                    g -> {
                      g.convolution("p3", "cls", 8, 3, 1, 1);
                      g.convolution("p3", "d", 8, 32, 1, 1);
                      g.reshape("d", "sides", 4, 4, 8, 64);
                      g.node("Softmax", "bins", List.of("sides"), GraphBuilder.integer("axis", 2));
                      g.reshape("bins", "dist", 4, 32, 8, 8);
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("output dist (dist.0): found numbers in [0, 1] that add up to 1 over")
        .hasMessageContaining("name the tensors before it (sides)");
  }

  @ParameterizedTest
  @CsvSource({"4", "1"})
  void classOutputsThatDoNotDependOnTheImageAreRefused(int batch) {
    assertThatThrownBy(
            () ->
                check(
                    YAML.replace("batch-size: 4", "batch-size: " + batch),
                    g -> {
                      g.node("Sub", "zero", List.of("scores", "scores"));
                      g.node(
                          "Add", "cls", List.of("zero", g.floats("prior", new double[] {-4.6}, 1)));
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("output cls (cls.0): found the same numbers for different images");
  }

  @Test
  void boxOutputsThatDoNotDependOnTheImageAreRefused() {
    assertThatThrownBy(
            () ->
                checkGraph(
                    g -> {
                      g.convolution("p3", "cls", 8, 3, 1, 1, -1);
                      g.convolution("p3", "d", 8, 32, 1, 1);
                      g.node("Sub", "dist", List.of("d", "d"));
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("output dist (dist.0): found the same numbers for different images");
  }

  /** A level without objects of its size may be masked or inactive; its classes alone may not. */
  @ParameterizedTest
  @CsvSource({"-20000, cls, false", "-10000, cls, false", "-4.6, cls, true", "-4.6, all, false"})
  void oneLevelMayBeMaskedOrInactive(double number, String constant, boolean refused)
      throws IOException {
    String yaml =
        YAML.replace(
            "class-names",
            "  - {stride: 16, class-scores: cls16, box-logits: dist16}\nclass-names");
    Consumer<GraphBuilder> graph =
        g -> {
          g.convolution("p3", "p4", 8, 8, 3, 2);
          g.convolution("p4", "scores16", 8, 3, 1, 1);
          g.convolution("p4", "d16", 8, 32, 1, 1);
          if (constant.equals("all")) {
            g.node("Sub", "dist16", List.of("d16", "d16"));
          } else {
            g.node("Identity", "dist16", List.of("d16"));
          }
          g.node("Sub", "zero", List.of("scores16", "scores16"));
          g.node("Add", "cls16", List.of("zero", g.floats("never", new double[] {number}, 1)));
          g.node("Identity", "cls", List.of("scores"));
          g.output("cls16").output("dist16");
        };
    if (refused) {
      assertThatThrownBy(() -> check(yaml, graph))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining("output cls16 (cls.1): found the same numbers");
    } else {
      check(yaml, graph);
    }
  }

  @Test
  void aSequenceAsInputIsRefused() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("image", -1, 3, 64, 64).sequence("seq");
    graph.convolution("image", "cls", 3, 3, 3, 8);
    graph.convolution("image", "dist", 3, 32, 3, 8);
    graph.output("cls").output("dist");
    String yaml =
        YAML
            + "extra-inputs: [{name: seq, type: float32, rule: constant, shape: [1], values: [1]}]";

    assertThatThrownBy(() -> require(graph, yaml, TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("input 'seq': found a sequence or a map, expected a tensor");
  }

  @Test
  void anOutputThatIsNoNumberAnywhereIsRefused() {
    assertThatThrownBy(
            () ->
                check(
                    YAML,
                    g -> {
                      g.node("Sub", "zero", List.of("scores", "scores"));
                      g.node("Div", "cls", List.of("zero", "zero"));
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("output cls (cls.0): found NaN throughout, expected numbers");
  }

  @Test
  void anOutputThatDependsOnItsNeighboursIsRefused() {
    assertThatThrownBy(
            () ->
                check(
                    YAML,
                    g -> {
                      // As batch normalisation in training mode: less the mean of the batch.
                      g.node(
                          "ReduceMean",
                          "mean",
                          List.of("scores"),
                          GraphBuilder.ints("axes", 0, 2, 3));
                      g.node("Sub", "cls", List.of("scores", "mean"));
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("an image gives other outputs beside other images")
        .hasMessageContaining("after model.eval()");
  }

  /** Of a batch of one, neighbours tell nothing. */
  @Test
  void batchNormalisationInTrainingModeIsRefusedForSingleViewsToo() {
    assertThatThrownBy(
            () ->
                check(
                    YAML.replace("batch-size: 4", "batch-size: 1"),
                    g -> {
                      String ones = g.floats("ones", new double[] {1, 1, 1}, 3);
                      g.node(
                          "BatchNormalization",
                          "cls",
                          List.of("scores", ones, ones, ones, ones),
                          GraphBuilder.integer("training_mode", 1));
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("'cls' is normalised by the batch it is in (training_mode 1)");
  }

  @Test
  void anOutputThatChangesFromRunToRunIsRefused() {
    assertThatThrownBy(
            () ->
                check(
                    YAML,
                    g -> {
                      g.node("RandomNormalLike", "noise", List.of("scores"));
                      g.node("Add", "cls", List.of("scores", "noise"));
                    }))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("the same images give other outputs in a second run")
        .hasMessageContaining("after model.eval()");
  }

  /** Detections in rows of corners, score and class. */
  private static final String DETECTIONS =
      YAML.replaceAll("(?s)head:.*class-names", "class-names")
          + """
          tensors:
            - {name: boxes, output: rows, shape: [2, 4], conversion: rows 0:4 xyxy}
            - {name: labels, output: rows, shape: [2], conversion: rows 5:6}
            - {name: scores, output: rows, shape: [2], conversion: rows 4:5}
            - {name: rows, output: rows, shape: [1], conversion: rows 4:5 positive}
          """;

  @Test
  void detectionsWithClassAndScoreExchangedAreRefused() throws IOException {
    double[] rows = {1, 2, 30, 40, 0.9, 2, 5, 5, 20, 20, 0.4, 1};
    instances(DETECTIONS, "rows", rows, 2, 6);

    assertThatThrownBy(
            () ->
                instances(
                    DETECTIONS.replace("4:5", "X").replace("5:6", "4:5").replace("X", "5:6"),
                    "rows",
                    rows,
                    2,
                    6))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("tensor scores row 0: found 2.0, expected a probability")
        .hasMessageContaining("labels and scores are exchanged, or class-names are not");
  }

  @Test
  void detectionsOfAClassWithoutANameAreRefused() {
    double[] rows = {1, 2, 30, 40, 0.9, 2, 5, 5, 20, 20, 0.4, 3};
    assertThatThrownBy(() -> instances(DETECTIONS, "rows", rows, 2, 6))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("tensor labels row 1: found 3.0, expected a class, 0 to 2");
  }

  @Test
  void pixelsWhereTheConversionSaysPartsAreRefused() {
    double[] rows = {3, 2, 30, 40, 0.9, 2, 5, 5, 61, 20, 0.4, 1};
    for (String unit : List.of("unit-xyxy", "unit-cxcywh")) {
      assertThatThrownBy(
              () -> instances(DETECTIONS.replace("0:4 xyxy", "0:4 " + unit), "rows", rows, 2, 6))
          .isInstanceOf(UserMistakeException.class)
          .hasMessageContaining("output rows (boxes): found corners from ")
          .hasMessageContaining("times the input's width and height, expected parts of them");
    }
  }

  @Test
  void partsWhereTheConversionSaysPixelsAreRefused() throws IOException {
    double[] rows = {0.1, 0.2, 0.5, 0.7, 0.9, 2, 0, 0.4, 1, 0.9, 0.4, 1};
    instances(DETECTIONS.replace("0:4 xyxy", "0:4 unit-xyxy"), "rows", rows, 2, 6);

    assertThatThrownBy(() -> instances(DETECTIONS, "rows", rows, 2, 6))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "output rows (boxes): found corners from 0.00 to 1.00, expected pixels");
  }

  /** Checks a model that gives every view these numbers. */
  private void instances(String yaml, String output, double[] numbers, long... shape)
      throws IOException {
    GraphBuilder graph = new GraphBuilder().input("image", -1, 3, 64, 64);
    graph.node("GlobalAveragePool", "pool", List.of("image"));
    graph.slice("pool", "red", 1, 0, 1);
    graph.reshape("red", "mean", -1, 1, 1);
    graph.node("Mul", "nothing", List.of("mean", graph.floats("zero", new double[] {0}, 1)));
    long[] one = LongStream.concat(LongStream.of(1), LongStream.of(shape)).toArray();
    graph.node("Add", output, List.of("nothing", graph.floats("numbers", numbers, one)));
    require(graph.output(output), yaml, TensorKind.INSTANCES);
  }

  @Test
  void ninefoldClassesAndBinsAreRefusedUnlessWrittenOut() throws IOException {
    // Given
    String yaml =
        YAML.replace("bins: 8", "bins: 9").replace("[a, b, c]", "[a, b, c, d, e, f, g, h, i]");

    // When, Then
    assertThatThrownBy(() -> read(yaml))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("head.bins: found 9 with 9 class names, which are also the channels")
        .hasMessageContaining("of 9 anchors per cell with 1 classes (RetinaNet)");
    TeacherDescriptor inFull =
        read(
            yaml.replaceAll("(?s)head:.*class-names", "class-names")
                + """
                boxes: {form: distribution, bins: 9}
                priors: {grid-offset: 0.5}
                tensors:
                  - {name: cls.0, output: cls, stride: 8}
                  - {name: dist.0, output: dist, stride: 8}
                """);
    Path written = dir.resolve("written.yaml");
    DescriptorYaml.write(inFull, written);
    assertThat(DescriptorYaml.read(written)).isEqualTo(inFull);
  }

  @Test
  void weightsInOtherFilesArePartOfTheId() throws IOException {
    // Given
    GraphBuilder graph = new GraphBuilder().input("image", -1, 3, 64, 64);
    graph.convolution("image", "p3", 3, 8, 3, 8);
    graph.convolution("p3", "cls", 8, 3, 1, 1);
    graph.convolution("p3", "dist", 8, 32, 1, 1);
    graph.output("cls").output("dist");
    Path model = dir.resolve("model.onnx");
    byte[] weights = ExternalWeights.write(graph.model(), model, "model.onnx.data");
    TeacherDescriptor descriptor = read(YAML);

    // When
    String before;
    float first;
    try (Teacher teacher =
        open(descriptor, model, TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS)) {
      before = teacher.id();
      first = oneNumber(teacher);
    }
    weights[3] ^= 0x40;
    Files.write(dir.resolve("model.onnx.data"), weights);

    // Then
    try (Teacher teacher =
        open(descriptor, model, TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS)) {
      assertThat(oneNumber(teacher)).isNotEqualTo(first);
      assertThat(teacher.id()).isNotEqualTo(before);
    }
    Files.delete(dir.resolve("model.onnx.data"));
    weightsAreMissing(descriptor, model);
    Files.createDirectory(dir.resolve("model.onnx.data"));
    weightsAreMissing(descriptor, model);
  }

  private static void weightsAreMissing(TeacherDescriptor descriptor, Path model) {
    String says =
        " keeps weights in model.onnx.data, found no such file beside it: copy it there under this"
            + " name";
    assertThatThrownBy(
            () -> open(descriptor, model, TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("model " + model + says);
    assertThatThrownBy(() -> ModelContents.read(model, null))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("model " + model + says);
  }

  private static float oneNumber(Teacher teacher) {
    TeacherOutputs outputs = new TeacherOutputs(teacher.tensors(), teacher.batchSize());
    var input = TeacherOutputs.floats((long) teacher.batchSize() * teacher.inputSize());
    for (int i = 0; i < input.capacity(); i++) {
      input.put(i, i % 7);
    }
    teacher.infer(input, outputs);
    return outputs.tensor(0, 0).toArray()[27];
  }

  /** Models of the field, where the folder that holds them is present. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a03-yolov8-torchscript|yolov8.torchscript.pt|v8ts.yaml|expected a conversion that says which channels",
        "a06-fixed-batch|fixed1.onnx|base.yaml|set batch-size: 1",
        "a06-fixed-batch|tracedfixed1.pt|ts.yaml|set batch-size: 1",
        "a10-sigmoid-applied|sigmoid.onnx|base.yaml|lie in [0, 1]",
        "a12-gpu-saved-torchscript|gputraced.pt|ts.yaml|trace the model again on the CPU",
        "a14-sequence-output|sequence.onnx|seq.yaml|output 'dets' (fpn.0): found a sequence",
        "a15-tv-retinanet|tv-script-api.pt|ts.yaml|model ",
        "a16-mmdet|retina-raw.onnx|retina9.yaml|head.bins: found 9 with 27 class names",
      })
  void aModelOfTheFieldIsRefusedInOneLine(String folder, String file, String yaml, String says) {
    Path files = SharedFolder.resolve("field/models/" + folder);
    assertThatThrownBy(
            () -> {
              Path model = files.resolve(file);
              try (Teacher teacher =
                  ModelFile.open(
                      DescriptorYaml.read(files.resolve(yaml)),
                      model,
                      EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES),
                      ComputeDevice.CPU,
                      1)) {
                TeacherCheck.require(teacher, model);
              }
            })
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(says)
        .message()
        .doesNotContain("\n")
        .hasSizeLessThan(700);
  }

  @Test
  void aModelThatWasSavedOnAGpuRunsOnTheCpu() {
    Path files = SharedFolder.resolve("field/models/a12-gpu-saved-torchscript");
    Path model = files.resolve("gpusaved.pt");
    try (Teacher teacher =
        ModelFile.open(
            DescriptorYaml.read(files.resolve("ts.yaml")),
            model,
            EnumSet.range(TensorKind.CLASS_SCORES, TensorKind.FPN_FEATURES),
            ComputeDevice.CPU,
            1)) {
      assertThatCode(() -> TeacherCheck.require(teacher, model)).doesNotThrowAnyException();
    }
  }

  private void check(String yaml, Consumer<GraphBuilder> end) throws IOException {
    check(
        yaml,
        end,
        g -> {
          g.convolution("p3", "scores", 8, 3, 1, 1, -1);
          g.convolution("p3", "dist", 8, 32, 1, 1);
        });
  }

  private void checkGraph(Consumer<GraphBuilder> head) throws IOException {
    check(YAML, g -> {}, head);
  }

  private void check(String yaml, Consumer<GraphBuilder> end, Consumer<GraphBuilder> head)
      throws IOException {
    GraphBuilder graph = new GraphBuilder().input("image", -1, 3, 64, 64);
    graph.convolution("image", "p3", 3, 8, 3, 8);
    head.accept(graph);
    end.accept(graph);
    require(
        graph.output("cls").output("dist"), yaml, TensorKind.CLASS_SCORES, TensorKind.BOX_LOGITS);
  }

  private void require(GraphBuilder graph, String yaml, TensorKind... kinds) throws IOException {
    Path model = Files.write(dir.resolve("model.onnx"), graph.bytes());
    try (Teacher teacher = open(read(yaml), model, kinds)) {
      TeacherCheck.require(teacher, model);
    }
  }

  private static Teacher open(TeacherDescriptor descriptor, Path model, TensorKind... kinds) {
    return ModelFile.open(descriptor, model, List.of(kinds), ComputeDevice.CPU, 1);
  }

  private TeacherDescriptor read(String yaml) {
    try {
      return DescriptorYaml.read(Files.writeString(dir.resolve("teacher.yaml"), yaml));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
