package dev.lectern.teacher.recognition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import dev.lectern.detector.device.ComputeDevice;
import dev.lectern.detector.export.proto.ModelProto;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.descriptor.DescriptorYaml;
import dev.lectern.schemas.descriptor.TensorLayout;
import dev.lectern.schemas.descriptor.TensorRole;
import dev.lectern.schemas.record.Background;
import dev.lectern.schemas.record.BoxForm;
import dev.lectern.schemas.record.BoxQuality;
import dev.lectern.schemas.record.RecordedTensor;
import dev.lectern.schemas.record.TeacherDescriptor;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.teacher.model.GraphBuilder;
import dev.lectern.teacher.model.HeadExports;
import dev.lectern.teacher.model.ModelFile;
import dev.lectern.teacher.model.SharedFolder;
import dev.lectern.teacher.model.Teacher;
import dev.lectern.teacher.model.TeacherCheck;
import dev.lectern.teacher.model.YoloExports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is recognised is opened with the descriptor that was written. */
class KnownExportsTest {
  private static final List<String> RGB = List.of("red", "green", "blue");

  @TempDir private Path dir;

  @Test
  void theInnerTensorsOfADecodedExportLoseNothing() throws IOException {
    // When
    TeacherDescriptor descriptor = opened(write(YoloExports.decoded()), RGB);

    // Then
    assertThat(descriptor.getConversionLosses()).isEmpty();
    assertThat(TensorLayout.bins(descriptor)).isEqualTo(YoloExports.BINS);
    assertThat(descriptor.getPriors().getGridOffset()).isEqualTo(0.5);
    assertThat(descriptor.getTensors())
        .extracting(RecordedTensor::getOutput)
        .contains("/model.22/cv3.0/cv3.0.2/Conv_output_0", "/model.22/cv2.2/cv2.2.2/Conv_output_0")
        .endsWith("p3", "p4", "p5");
    assertThat(TensorLayout.featureChannels(descriptor)).containsExactly(8, 8, 8);
  }

  @Test
  void everyFormOfYoloCanBeOpened() throws IOException {
    for (byte[] model :
        List.of(
            YoloExports.maps(),
            YoloExports.rawPerLevel(),
            YoloExports.concatenated(),
            YoloExports.separate(),
            YoloExports.endToEnd())) {
      assertThat(TensorLayout.bins(opened(write(model), RGB))).isEqualTo(YoloExports.BINS);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/head/cls_preds.%d/Conv:3,/head/reg_preds.%d/Conv:4,/head/obj_preds.%d/Conv:1"
            + "|YOLOX|CENTER|OBJECTNESS|1",
        "/head/gfl_cls.%d/Conv:35|NanoDet|DISTRIBUTION|NONE|1",
        "/head/classification_head/cls_logits_%d:27,/head/regression_head/bbox_reg_%d:36"
            + "|torchvision RetinaNet|DELTA|NONE|9",
        "/head/classification_head/cls_logits_%d:3,/head/regression_head/bbox_reg_%d:4,"
            + "/head/regression_head/bbox_ctrness_%d:1|torchvision FCOS|LTRB|CENTERNESS|1",
        "/bbox_head/retina_cls_%d:27,/bbox_head/retina_reg_%d:36"
            + "|RetinaNet, as mmdetection exports it|DELTA|NONE|9",
        "/bbox_head/atss_cls_%d:3,/bbox_head/atss_reg_%d:4,/bbox_head/atss_centerness_%d:1"
            + "|mmdetection ATSS|DELTA|CENTERNESS|1",
        "/bbox_head/gfl_cls_%d:3,/bbox_head/gfl_reg_%d:68|mmdetection GFL|DISTRIBUTION|NONE|1",
        "/yolo_head/pred_cls.%d:3,/yolo_head/pred_reg.%d:68"
            + "|PP-YOLOE, head before its decoding|DISTRIBUTION|NONE|1",
        "/model.23/one2one_cv2.%d/Conv:4,/model.23/one2one_cv3.%d/Conv:3"
            + "|Ultralytics YOLOv8, 11 or 26, head before its decoding|LTRB|NONE|1",
      })
  void knownHeadsAreFoundAmongTheLastConvolutions(
      String convolutions, String export, BoxForm boxes, BoxQuality quality, int anchors)
      throws IOException {
    // Given
    Map<String, Integer> channels = new LinkedHashMap<>();
    for (String convolution : convolutions.split(",")) {
      channels.put(convolution.split(":")[0], Integer.valueOf(convolution.split(":")[1]));
    }
    Path model = write(HeadExports.convolutions(channels).bytes());

    // When
    Recognition found = KnownExports.of(ModelContents.read(model, null), RGB);
    TeacherDescriptor descriptor = opened(model, RGB);

    // Then
    assertThat(found.export()).isEqualTo(export);
    assertThat(descriptor.getBoxes().getForm()).isEqualTo(boxes);
    assertThat(descriptor.getQuality()).isEqualTo(quality);
    assertThat(TensorLayout.strides(descriptor)).containsExactly(8, 16, 32);
    assertThat(descriptor.getTensors().get(0).getShape()).last().isEqualTo(8);
    assertThat(
            descriptor.getPriors().getAnchors() == null
                ? 1
                : descriptor.getPriors().getAnchors().getSizes().get(0).size()
                    * descriptor.getPriors().getAnchors().getRatios().size())
        .isEqualTo(anchors);
    assertThat(descriptor.getBatchSize()).isEqualTo(1);
  }

  @Test
  void theLogitsBeforeASigmoidAreTaken() throws IOException {
    // Given
    GraphBuilder graph = HeadExports.convolutions(Map.of("logits.%d", 3, "dist.%d", 32));
    for (int level = 0; level < 3; level++) {
      graph.node("Sigmoid", "cls." + level, List.of("logits." + level));
      graph.output("cls." + level).output("dist." + level);
    }

    // When
    TeacherDescriptor descriptor = opened(write(graph.bytes()), RGB);

    // Then
    assertThat(descriptor.getTensors())
        .extracting(RecordedTensor::getOutput)
        .contains("logits.0", "dist.0")
        .doesNotContain("cls.0", "cls.1", "cls.2");
  }

  @Test
  void whatUltralyticsNotesInTheFileIsUsed() throws IOException {
    // Given
    GraphBuilder graph =
        HeadExports.convolutions(Map.of("/model.22/cv2.%d/Conv", 64, "/model.22/cv3.%d/Conv", 2));
    graph
        .metadata("author", "Ultralytics")
        .metadata("description", "Ultralytics YOLOv8n model trained on own.yaml")
        .metadata("names", "{0: 'cat', 1: \"dog's\"}");

    // When
    Path model = write(graph.bytes());
    Recognition found = KnownExports.of(ModelContents.read(model, null), List.of());

    // Then
    assertThat(found.export()).isEqualTo("Ultralytics YOLOv8n, head before its decoding");
    assertThat(found.unsure()).isEmpty();
    assertThat(opened(model, List.of()).getClassNames()).containsExactly("cat", "dog's");
  }

  @Test
  void setsOfBoxesAreRefusedWithTheReason() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("images", 1, 3, 64, 64);
    graph.convolution("images", "tokens", 3, 8, 1, 16);
    graph.node("ReduceMean", "mean", List.of("tokens"), GraphBuilder.ints("axes", 2, 3));
    graph.reshape("mean", "pred_logits", 1, 2, 4);
    graph.reshape("mean", "pred_boxes", 1, 2, 4);
    graph.output("pred_logits").output("pred_boxes");

    // four logits of three classes: the last is the background's
    TeacherDescriptor read = opened(write(graph.bytes()), RGB);
    assertThat(read.getFamily()).isEqualTo("DETR");
    assertThat(read.getClasses().getBackground()).isEqualTo(Background.LAST);
    assertThat(TensorLayout.shapes(read, TensorKind.INSTANCES))
        .containsEntry("logits", List.of(2, 4))
        .containsEntry("boxes", List.of(2, 4));
  }

  @Test
  void queriesWithCornersAreThoseOfDFine() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("images", 1, 3, 32, 32);
    graph.convolution("images", "tokens", 3, 8 + 3 * 4 + 2 * 33 * 4, 3, 32, 0);
    graph.reshape("tokens", "flat", 1, -1);
    graph.slice("flat", "of boxes", 1, 0, 8);
    graph.slice("flat", "of references", 1, 8, 16);
    graph.slice("flat", "of logits", 1, 14, 20);
    graph.slice("flat", "of corners", 1, 20, 20 + 2 * 33 * 4);
    graph.reshape("of boxes", "pred_boxes", 1, 2, 4);
    graph.reshape("of references", "ref_points", 1, 2, 4);
    graph.reshape("of logits", "pred_logits", 1, 2, 3);
    graph.reshape("of corners", "pred_corners", 1, 2, 132);
    graph.output("pred_logits").output("pred_boxes").output("pred_corners").output("ref_points");

    TeacherDescriptor read = opened(write(graph.bytes()), RGB);

    assertThat(read.getFamily()).isEqualTo("DFINE");
    List<Double> moves = read.getBoxes().getBinValues();
    assertThat(moves).hasSize(33).isSorted();
    // W(0) = -2 up scale, W(16) = 0, W(17) = (up scale + 1)^(2 / 30) - 1, over the scale of 4
    assertThat(moves.get(0)).isEqualTo(-1);
    assertThat(moves.get(16)).isEqualTo(0);
    assertThat(moves.get(17)).isEqualTo((Math.pow(3, 2 / 30.0) - 1) / 4);
    assertThat(moves.get(32)).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({
    "pred_logits, pred_boxes, RTDETR, 'queries with class logits and boxes, as RT-DETR, D-FINE and DEIM have'",
    "labels, dets, RFDETR, queries of RF-DETR",
  })
  void queriesWithSigmoidsAreToldApartByTheirNames(
      String logits, String boxes, String family, String export) throws IOException {
    GraphBuilder graph = new GraphBuilder().input("images", 1, 3, 32, 32);
    graph.convolution("images", "tokens", 3, 4 * 4 + 4 * 3, 3, 32, 0);
    graph.reshape("tokens", "flat", 1, -1);
    graph.slice("flat", "of boxes", 1, 0, 16);
    graph.slice("flat", "of logits", 1, 16, 28);
    graph.reshape("of boxes", boxes, 1, 4, 4);
    graph.reshape("of logits", logits, 1, 4, 3);
    graph.output(boxes).output(logits);
    Path model = write(graph.bytes());

    TeacherDescriptor read = opened(model, RGB);

    assertThat(KnownExports.of(ModelContents.read(model, null), RGB).export()).isEqualTo(export);
    assertThat(read.getFamily()).isEqualTo(family);
    assertThat(read.getConversionLosses()).isEmpty();
    assertThat(read.getTensors())
        .extracting(RecordedTensor::getName, RecordedTensor::getOutput)
        .containsExactly(tuple("rows", boxes), tuple("boxes", boxes), tuple("logits", logits));
  }

  /** As RT-DETR and D-FINE are deployed, and as mmdetection deploys. */
  @ParameterizedTest
  @CsvSource({
    "labels boxes scores, 'labels, boxes and scores, as RT-DETR and D-FINE are deployed'",
    "dets labels, 'detections after suppression, as mmdetection deploys'",
  })
  void deployedDetectionsAreRecognised(String outputs, String export) throws IOException {
    GraphBuilder graph = new GraphBuilder().input("images", 1, 3, 32, 32);
    graph.convolution("images", "tokens", 3, 40, 3, 32, 0);
    graph.reshape("tokens", "flat", 1, -1);
    for (String output : outputs.split(" ")) {
      int columns = output.equals("boxes") ? 4 : output.equals("dets") ? 5 : 1;
      graph.slice("flat", "of " + output, 1, 0, 4 * columns);
      if (columns == 1) {
        graph.reshape("of " + output, output, 1, 4);
      } else {
        graph.reshape("of " + output, output, 1, 4, columns);
      }
      graph.output(output);
    }

    Recognition found = KnownExports.of(ModelContents.read(write(graph.bytes()), null), RGB);

    assertThat(found.export()).isEqualTo(export);
    assertThat(found.reason()).isNull();
    assertThat(found.advice())
        .contains(
            "export without post-processing: class logits and distributions are lost after it");
  }

  /** (N, R, K + 4 bins) over the levels of NanoDet, and of NanoDet-Plus with one more. */
  @ParameterizedTest
  @CsvSource({"84, NanoDet, 0.5, BGR", "85, NanoDet-Plus, 0.0, BGR"})
  void rowsOfNanoDetAreRecognised(int cells, String export, double offset, String channels)
      throws IOException {
    GraphBuilder graph = new GraphBuilder().input("data", 1, 3, 64, 64);
    graph.reshape("data", "pixels", 1, -1);
    graph.slice("pixels", "some", 1, 0, cells * 35);
    graph.reshape("some", "logits", 1, cells, 35);
    graph.slice("logits", "of classes", 2, 0, 3);
    graph.slice("logits", "of boxes", 2, 3, 35);
    graph.node("Sigmoid", "scores", List.of("of classes"));
    graph.node("Concat", "output", List.of("scores", "of boxes"), GraphBuilder.integer("axis", 2));
    graph.output("output");
    Path model = write(graph.bytes());

    TeacherDescriptor read = opened(model, RGB);

    assertThat(KnownExports.of(ModelContents.read(model, null), RGB).export()).isEqualTo(export);
    assertThat(read.getPriors().getGridOffset()).isEqualTo(offset);
    assertThat(read.getChannelOrder().name()).isEqualTo(channels);
    assertThat(read.getTensors().get(0).getConversion()).isEqualTo("rows 0:3 logit");
    assertThat(TensorLayout.bins(read)).isEqualTo(8);
  }

  @Test
  void detectionsAreTheWeakestTeachers() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("images", 1, 3, 32, 32);
    graph.convolution("images", "tokens", 3, 18, 3, 32, 0);
    graph.reshape("tokens", "output0", 1, 3, 6);
    graph.output("output0");
    Path model = write(graph.bytes());

    TeacherDescriptor read = opened(model, RGB);

    assertThat(read.getConversionLosses())
        .singleElement()
        .asString()
        .startsWith("scores: class logits and distributions");
    assertThat(TensorLayout.find(read, TensorRole.INSTANCE_COUNT).orElseThrow().getConversion())
        .isEqualTo("rows 4:5 positive");
    assertThat(KnownExports.of(ModelContents.read(model, null), List.of()).reason())
        .startsWith("the file does not say how many classes there are");
  }

  @Test
  void whatWasLookedForIsSaidOfOtherModels() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("x", -1, 3, -1, -1);
    graph.node("GlobalAveragePool", "y", List.of("x"));
    graph.output("y");
    Path file = write(graph.bytes());

    assertThatThrownBy(() -> ModelContents.read(file, null))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("takes images of any size, expected --size WIDTHxHEIGHT");
    Recognition found =
        KnownExports.of(ModelContents.read(file, new ModelContents.Size(96, 64)), RGB);
    assertThat(found.reason())
        .startsWith(
            "looked for class and box outputs with the rows and columns of the strides 4, 8")
        .contains("for images of 96x64");
  }

  @Test
  void aSequenceAsInputIsRefused() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("x", -1, 3, 64, 64).sequence("seq");
    graph.node("GlobalAveragePool", "y", List.of("x"));
    Path file = write(graph.output("y").bytes());

    assertThatThrownBy(() -> ModelContents.read(file, null))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageStartingWith(
            "model " + file + ": input 'seq': found a sequence or a map, expected a tensor");
  }

  @Test
  void aFurtherInputThatCannotBeFedIsRefusedByItsName() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("x", -1, 3, 64, 64).half("scale_factor");
    graph.node("GlobalAveragePool", "y", List.of("x"));
    Path file = write(graph.output("y").bytes());

    Recognition found = KnownExports.of(ModelContents.read(file, null), RGB);

    assertThat(found.reason())
        .isEqualTo("input 'scale_factor' takes float16, expected float32, int32 or int64");
  }

  @Test
  void normalisationInsideTheGraphIsNoted() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("x", -1, 3, 64, 64);
    String mean = graph.floats("mean", new double[] {123, 116, 103}, 3, 1, 1);
    graph.node("Sub", "centred", List.of("x", mean));
    graph.node("Div", "scaled", List.of("centred", graph.floats("std", new double[] {58}, 1)));
    String features = "scaled";
    for (int level = 0; level < 3; level++) {
      features =
          graph.convolution(features, "p" + level, level == 0 ? 3 : 8, 8, 3, level == 0 ? 8 : 2);
      graph.output(graph.convolution(features, "cls." + level, 8, 3, 1, 1));
      graph.output(graph.convolution(features, "dist." + level, 8, 32, 1, 1));
    }

    Recognition found = KnownExports.of(ModelContents.read(write(graph.bytes()), null), RGB);

    assertThat(found.descriptor()).isNotNull();
    assertThat(found.unsure())
        .contains(
            "input: the graph normalises the image itself (Sub, Div): mean 0 and std 1, unless it"
                + " expects numbers that are normalised before");
  }

  @Test
  void classNamesOfAnotherNumberAreAMistake() throws IOException {
    Path file = write(YoloExports.maps());

    assertThatThrownBy(
            () -> KnownExports.of(ModelContents.read(file, null), List.of("red", "green")))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining("class names: found 2, the model " + file + " has 3 classes");
  }

  /** One channel each have class outputs and quality; 32 have the mask coefficients. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/head/cls_preds.%d/Conv:1,/head/reg_preds.%d/Conv:4,/head/obj_preds.%d/Conv:1"
            + "|cls_preds|reg_preds|obj_preds",
        "/bbox_head/cls_score_%d:1,/bbox_head/bbox_pred_%d:4,/bbox_head/centerness_%d:1"
            + "|cls_score|bbox_pred|centerness",
        "/head/classification_head/cls_logits_%d:1,/head/regression_head/bbox_reg_%d:4,"
            + "/head/classification_head/bbox_ctrness_%d:1|cls_logits|bbox_reg|bbox_ctrness",
        "/model.22/cv2.%d/Conv:64,/model.22/cv3.%d/Conv:1,/model.22/cv4.%d/Conv:32|cv3|cv2|",
      })
  void theHeadOfOneClassIsToldApartByNames(
      String convolutions, String scores, String boxes, String quality) throws IOException {
    Map<String, Integer> channels = new LinkedHashMap<>();
    for (String convolution : convolutions.split(",")) {
      channels.put(convolution.split(":")[0], Integer.valueOf(convolution.split(":")[1]));
    }
    Path model = write(HeadExports.convolutions(channels).bytes());

    TeacherDescriptor read = opened(model, List.of("person"));

    assertThat(output(read, TensorRole.CLASS_LOGITS)).contains(scores);
    assertThat(
            output(
                read,
                quality == null
                    ? TensorRole.BOX_DISTRIBUTION
                    : scores.equals("cls_preds")
                        ? TensorRole.BOX_CENTER
                        : TensorRole.BOX_DISTANCES))
        .contains(boxes);
    if (quality == null) {
      assertThat(read.getQuality()).isEqualTo(BoxQuality.NONE);
    } else {
      assertThat(output(read, TensorRole.QUALITY)).contains(quality);
    }
  }

  @Test
  void twoMapsOfOneChannelWithoutNamesAreSaidToBeUnsure() throws IOException {
    List<ModelTensor> outputs = new ArrayList<>();
    for (int channels : new int[] {1, 4, 1}) {
      for (int side : new int[] {8, 4, 2}) {
        outputs.add(output(outputs.size(), channels, side, side));
      }
    }

    Recognition found = KnownExports.of(script(Map.of(), outputs), List.of("person"));

    assertThat(output(read(found), TensorRole.CLASS_LOGITS)).isEqualTo("output0");
    assertThat(output(read(found), TensorRole.QUALITY)).isEqualTo("output6");
    assertThat(found.unsure())
        .contains("which of output0 and output6 is the class output, which its quality");
  }

  @ParameterizedTest
  @CsvSource({
    "cls_logits bbox_regression bbox_ctrness, 84",
    "bbox_regression cls_logits bbox_ctrness, 84",
    "cls_logits bbox_regression, 756",
    "bbox_regression cls_logits, 756",
  })
  void rowsOfFourClassesAreToldApartByNames(String names, int rows) throws IOException {
    List<ModelTensor> outputs =
        Stream.of(names.split(" "))
            .map(name -> tensor(name, 1, rows, name.contains("ctr") ? 1 : 4))
            .toList();

    Recognition found = KnownExports.of(script(Map.of(), outputs), List.of("a", "b", "c", "d"));

    assertThat(output(read(found), TensorRole.CLASS_LOGITS)).isEqualTo("cls_logits");
    assertThat(found.unsure()).noneMatch(unsure -> unsure.startsWith("which of"));
  }

  @Test
  void rowsThatNothingTellsApartAreSaidToBeUnsure() throws IOException {
    ModelContents model = script(Map.of(), List.of(output(0, 756, 4), output(1, 756, 4)));

    Recognition found = KnownExports.of(model, List.of("a", "b", "c", "d"));

    assertThat(found.export()).isEqualTo("torchvision RetinaNet");
    assertThat(output(read(found), TensorRole.CLASS_LOGITS)).isEqualTo("output0");
    assertThat(output(read(found), TensorRole.BOX_DELTAS)).isEqualTo("output1");
    assertThat(found.unsure())
        .contains("which of output0 and output1 is the class output, which the boxes");
  }

  @Test
  void columnsWithUsualBinsAreTheBoxes() throws IOException {
    Recognition found =
        KnownExports.of(script(Map.of(), List.of(output(0, 80, 84), output(1, 64, 84))), List.of());

    assertThat(output(read(found), TensorRole.CLASS_LOGITS)).isEqualTo("output0");
    assertThat(output(read(found), TensorRole.BOX_DISTRIBUTION)).isEqualTo("output1");
    assertThat(
            KnownExports.of(
                    script(Map.of(), List.of(output(0, 20, 84), output(1, 80, 84))), List.of())
                .reason())
        .startsWith("the file does not say which of them are classes: give --class-names");
  }

  /** Mask coefficients or key points follow the classes; one class too few leaves five. */
  @ParameterizedTest
  @CsvSource({
    "1, 39, 84, 3, 'of 39 channels 3 class names leave 36, expected 4 (decoded boxes), or 4 times'",
    "1, 7, 84, 2, 'of 7 channels 2 class names leave 5, expected 4 (decoded boxes), or 4 times'",
    "1, 84, 9, 3, 'of 9 channels 3 class names leave 6, expected 4 (decoded boxes), 5 (YOLOX), or 4'",
  })
  void rowsThatDoNotFitTheClassNamesAreRefused(long n, long a, long b, int classes, String reason) {
    ModelContents model =
        script(Map.of(), List.of(tensor("output0", n, a, b), output(1, 32, 16, 16)));

    Recognition found = KnownExports.of(model, RGB.subList(0, classes));

    assertThat(found.descriptor()).isNull();
    assertThat(found.reason()).startsWith(reason);
  }

  @Test
  void keyPointsAreNotTakenForDistributions() {
    // 20 key points with visibility: 60 channels, with the boxes 64
    Recognition found =
        KnownExports.of(
            script(Map.of("task", "pose"), List.of(output(0, 65, 84))), List.of("person"));

    assertThat(found.export()).isEqualTo("Ultralytics pose");
    assertThat(found.reason()).startsWith("mask coefficients or key points follow the classes");
  }

  @ParameterizedTest
  @CsvSource({"84, 4, 84, 3, rows", "4, 84, 3, 84, columns"})
  void decodedBoxesOfCellsAreNoQueries(long a, long b, long c, long d, String layout)
      throws IOException {
    Recognition found =
        KnownExports.of(script(Map.of(), List.of(output(0, a, b), output(1, c, d))), RGB);

    assertThat(found.export()).isEqualTo("class outputs and decoded boxes over all levels");
    assertThat(found.unsure()).anyMatch(unsure -> unsure.contains("corners (xyxy) or centres"));
    assertThat(TensorLayout.find(read(found), TensorRole.BOX_DISTANCES).orElseThrow())
        .extracting(RecordedTensor::getOutput, RecordedTensor::getConversion)
        .containsExactly("output0", layout + " xyxy");
  }

  @Test
  void scoresInColumnsMayLieBesideBoxesInRows() throws IOException {
    Recognition found =
        KnownExports.of(script(Map.of(), List.of(output(0, 84, 4), output(1, 3, 84))), RGB);

    assertThat(read(found).getTensors())
        .extracting(RecordedTensor::getOutput, RecordedTensor::getConversion)
        .containsOnly(tuple("output1", "columns"), tuple("output0", "rows xyxy"));
  }

  @Test
  void decodedRowsOfUltralyticsAreNotThoseOfPaddle() throws IOException {
    Map<String, String> metadata =
        Map.of("author", "Ultralytics", "description", "Ultralytics YOLOv8n model");

    Recognition found = KnownExports.of(script(metadata, List.of(output(0, 84, 7))), RGB);

    assertThat(found.export()).isEqualTo("Ultralytics YOLOv8n, decoded");
    assertThat(read(found).getTensors())
        .extracting(RecordedTensor::getConversion)
        .containsOnly("rows 4:7 logit", "rows 0:4 cxcywh");
  }

  @Test
  void aFixedBatchIsWritten() throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(YoloExports.maps()).toBuilder();
    model
        .getGraphBuilder()
        .getInputBuilder(0)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .getShapeBuilder()
        .getDimBuilder(0)
        .clearDimParam()
        .setDimValue(4);

    assertThat(opened(write(model.build().toByteArray()), RGB).getBatchSize()).isEqualTo(4);
  }

  @Test
  void tensorsOfHalfNumbersAreNotTaken() throws IOException {
    ModelContents model = ModelContents.read(write(YoloExports.decoded()), null);
    ModelContents half =
        new ModelContents(
            model.file(),
            model.image(),
            model.width(),
            model.height(),
            model.inputs(),
            model.outputs(),
            model.inner().stream().map(KnownExportsTest::half).toList(),
            model.metadata(),
            model.graph());

    assertThat(read(KnownExports.of(half, RGB)).getTensors())
        .extracting(RecordedTensor::getConversion)
        .containsOnly("columns 4:7 logit", "columns 0:4 cxcywh");

    Recognition nothing = KnownExports.of(script(Map.of(), List.of(half(output(0, 7, 84)))), RGB);
    assertThat(nothing.export()).isEqualTo("a model with float16 numbers");
    assertThat(nothing.reason()).isEqualTo("outputs are read as float32");
  }

  private static ModelTensor half(ModelTensor tensor) {
    return new ModelTensor(tensor.name(), "float16", tensor.shape(), tensor.operator());
  }

  @ParameterizedTest
  @CsvSource({"67, maps 64:67, YOLOV8", "35, maps 0:3, GFL"})
  void mapsWithoutNamesThatHoldBothAreSaidToBeUnsure(int channels, String conversion, String family)
      throws IOException {
    List<ModelTensor> outputs =
        List.of(output(0, channels, 8, 8), output(1, channels, 4, 4), output(2, channels, 2, 2));

    Recognition found = KnownExports.of(script(Map.of(), outputs), RGB);

    assertThat(read(found).getFamily()).isEqualTo(family);
    assertThat(TensorLayout.find(read(found), TensorRole.CLASS_LOGITS).orElseThrow())
        .extracting(RecordedTensor::getConversion)
        .isEqualTo(conversion);
    assertThat(found.unsure())
        .contains("whether boxes (Ultralytics) or classes (NanoDet) come first");
  }

  @Test
  void theValueOfAnUnknownInputIsSaidToBeUnsure() {
    ModelContents model = script(Map.of(), List.of(output(0, 7, 84)));
    ModelContents more =
        new ModelContents(
            model.file(),
            model.image(),
            model.width(),
            model.height(),
            List.of(
                model.image(),
                tensor("im_shape", -1, 2),
                tensor("scale_factor", -1, 2),
                tensor("conf_threshold", 1)),
            model.outputs(),
            List.of(),
            Map.of(),
            Optional.empty());

    assertThat(KnownExports.of(more, RGB).unsure())
        .containsExactly("the value of input 'conf_threshold', 1 here");
  }

  @Test
  void anotherSizeThanTheFilesIsAMistake() throws IOException {
    Path file = write(YoloExports.maps());

    assertThatThrownBy(() -> ModelContents.read(file, new ModelContents.Size(128, 96)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessage("--size: found 128x96, the model takes 64x64 alone");
  }

  @ParameterizedTest
  @CsvSource({"2, uint8", "9, bool", "11, double"})
  void imagesOfOtherNumbersAreRefused(int type, String name) throws IOException {
    GraphBuilder graph = new GraphBuilder().input("images", 1, 3, 64, 64);
    graph.node("Cast", "pixels", List.of("images"), GraphBuilder.integer("to", 1));
    graph.node("GlobalAveragePool", "mean", List.of("pixels"));
    graph.output("mean");
    ModelProto.Builder model = graph.model().toBuilder();
    model
        .getGraphBuilder()
        .getInputBuilder(0)
        .getTypeBuilder()
        .getTensorTypeBuilder()
        .setElemType(type);
    Path file = write(model.build().toByteArray());

    Recognition found = KnownExports.of(ModelContents.read(file, null), RGB);

    assertThat(found.export()).isEqualTo("a model with " + name + " numbers");
    assertThat(found.reason()).isEqualTo("teachers are fed with float32");
  }

  @Test
  void imagesWithChannelsLastAreRefused() throws IOException {
    GraphBuilder graph = new GraphBuilder().input("images", -1, -1, -1, 3);
    graph.output(graph.transpose("images", "pixels", 0, 3, 1, 2));
    Path file = write(graph.bytes());

    assertThatThrownBy(() -> ModelContents.read(file, new ModelContents.Size(64, 64)))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(
            "images  float32 [any, any, any, 3], expected one for images, (N, 3,");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "field/models/a05-fp16/fp16io.onnx|teachers are fed with float32",
      })
  void modelsOfTheFieldThatCannotTeachAreRefusedWithTheReason(String file, String reason) {
    Path model = SharedFolder.resolve(file);

    Recognition found = KnownExports.of(ModelContents.read(model, null), RGB);

    assertThat(found.descriptor()).isNull();
    assertThat(found.reason()).startsWith(reason);
  }

  /** Models of the field and real ones, where the folder that holds them is present. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "field/models/a01-yolov8-decoded/yolov8.onnx|3|Ultralytics",
        "field/models/a02-yolov8-raw/yolov8-raw.onnx|3|Ultralytics",
        "field/models/a03-yolov8-torchscript/yolov8.torchscript.pt|3|Ultralytics YOLO, decoded",
        "field/models/a07-paddle-inputs/paddle.onnx|3|PP-YOLOE",
        "field/models/a16-mmdet/retina-raw.onnx|3|RetinaNet",
        "field/models/a16-mmdet/atss-raw.onnx|3|FCOS, as mmdetection exports it",
        "field/models/a16-mmdet/detr.onnx|3|queries of DETR",
        "field/models/a16-mmdet/mmdet-e2e.onnx|3|detections after suppression",
        "data/models/atss_person_vehicle_bike_2004/atss_pvb2004.onnx|3|ATSS with 3 anchors",
        "data/models/nanodet_m_416/nanodet_m_416.onnx|80|NanoDet",
        "data/models/nanodet_m_416/nanodet_m.original.onnx|80|",
        "data/models/nanodet_m_416/nanodet_m_416.torchscript.pt|80|NanoDet",
      })
  void modelsOfTheFieldAreRecognisedAndOpen(String file, int classes, String export)
      throws IOException {
    Path model = SharedFolder.resolve(file);
    List<String> names =
        java.util.stream.IntStream.range(0, classes).mapToObj(k -> "class " + k).toList();
    int side = file.contains("416") ? 416 : 64;
    ModelContents.Size size =
        file.contains("atss_person") ? null : new ModelContents.Size(side, side);

    Recognition found = KnownExports.of(ModelContents.read(model, size), names);

    assertThat(found.export()).startsWith(export == null ? "" : export);
    assertThat(found.reason()).isNull();
    open(model, found);
  }

  /** The gallery's descriptors were written by hand, from what the authors' code does. */
  @ParameterizedTest
  @CsvSource({
    "nanodet_m_416/nanodet_m_416.onnx, nanodet-m-416",
    "nanodet_plus_m_1.5x_416/nanodet_plus_m_1.5x_416.onnx, nanodet-plus-m-1.5x-416",
  })
  void whatIsWrittenForNanoDetIsTheShippedDescriptor(String file, String name) throws IOException {
    TeacherDescriptor shipped = DescriptorYaml.read(SharedFolder.descriptor(name));
    Path model = SharedFolder.resolve("data/models/" + file);

    Recognition found =
        KnownExports.of(
            ModelContents.read(model, new ModelContents.Size(416, 416)), shipped.getClassNames());

    TeacherDescriptor written = open(model, found);
    written.setName(name);
    assertThat(written).isEqualTo(shipped);
  }

  /** What a run of TorchScript shows: outputs alone, for an image of 64 pixels. */
  private static ModelContents script(Map<String, String> metadata, List<ModelTensor> outputs) {
    ModelTensor image = tensor("image", -1, 3, 64, 64);
    return new ModelContents(
        Path.of("model.pt"),
        image,
        64,
        64,
        List.of(image),
        outputs,
        List.of(),
        metadata,
        Optional.empty());
  }

  private static ModelTensor output(int index, long... ofView) {
    return tensor(
        "output" + index, LongStream.concat(LongStream.of(1), LongStream.of(ofView)).toArray());
  }

  private static ModelTensor tensor(String name, long... shape) {
    return new ModelTensor(name, "float32", shape, "");
  }

  private static String output(TeacherDescriptor descriptor, TensorRole role) {
    return TensorLayout.find(descriptor, role).orElseThrow().getOutput();
  }

  private TeacherDescriptor read(Recognition found) throws IOException {
    assertThat(found.reason()).isNull();
    return DescriptorYaml.read(Files.writeString(dir.resolve("found.yaml"), found.descriptor()));
  }

  private TeacherDescriptor opened(Path model, List<String> names) throws IOException {
    return open(model, KnownExports.of(ModelContents.read(model, null), names));
  }

  private TeacherDescriptor open(Path model, Recognition found) throws IOException {
    TeacherDescriptor descriptor = read(found);
    try (Teacher teacher =
        ModelFile.open(descriptor, model, TensorLayout.kinds(descriptor), ComputeDevice.CPU, 1)) {
      TeacherCheck.require(teacher, model);
    }
    return descriptor;
  }

  private Path write(byte[] model) throws IOException {
    return Files.write(Files.createTempFile(dir, "model", ".onnx"), model);
  }
}
