package dev.lectern.producer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lectern.producer.augment.Augmentation;
import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.augment.Range;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.dataset.DatasetFormat;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.producer.dataset.DifficultObjects;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.view.CanvasSize;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PublishConfigTest {
  private static final String LEAST = "name: d\nformat: coco\nannotations: a.json\nimages: i\n";

  @Test
  void theDefaultsArePinned() {
    PublishConfig config = bind(LEAST);

    assertThat(config.input())
        .isEqualTo(
            new PublishConfig.Input(
                DatasetFormat.COCO,
                List.of(new DatasetSource(null, Path.of("a.json"), Path.of("i"), null, "")),
                null,
                null,
                null,
                null,
                null,
                null,
                DifficultObjects.IGNORE));
    assertThat(config.views())
        .isEqualTo(
            new PublishConfig.Views(
                new CanvasSize(416, 416),
                ResizeMode.LETTERBOX,
                114,
                1,
                0,
                null,
                new Augmentation(
                    0.5,
                    0.5,
                    new Range(0.5, 1),
                    new Range(0.75, 1.5),
                    new Range(0.8, 1.2),
                    new Range(0.8, 1.2),
                    new Range(0.7, 1.3),
                    new Range(-10, 10),
                    0.3,
                    2),
                List.of("val", "test")));
    assertThat(config.pixels()).isEqualTo(new PublishConfig.Pixels(PixelFormat.PNG, 95, 1));
    assertThat(config.pipeline())
        .isEqualTo(
            new PublishConfig.Pipeline(
                4, Runtime.getRuntime().availableProcessors(), 256L << 20, 100_000_000));
  }

  @Test
  void yamlNamesEverySetting() {
    PublishConfig config =
        bind(
            """
            name: blood
            format: voc
            sources:
              - {split: train, annotations: Annotations, images: JPEGImages}
              - {annotations: A, images: I, split-file: ImageSets/Main/val.txt, id-prefix: v}
            class-names: [RBC, WBC]
            difficult-objects: keep
            size: 640x480
            resize: stretch
            padding: 0
            views-per-image: 8
            seed: -3
            augment: {flip-probability: 0, scale: [1, 1], hue: [0, 0], min-visible: 0.5}
            pixel-format: jpeg
            jpeg-quality: 80
            partitions: 6
            threads: 3
            in-flight-bytes: 1000000
            max-image-pixels: 5000
            """);

    assertThat(config.input().sources()).hasSize(2);
    assertThat(config.splits()).containsExactly("train", "val");
    assertThat(config.views().augment().scale()).isEqualTo(new Range(1, 1));
    assertThat(config.views().size()).isEqualTo(new CanvasSize(640, 480));
    assertThat(config.pixels().pixelFormat()).isEqualTo(PixelFormat.JPEG);
    assertThat(ConfigLoader.toYaml(config)).contains("views-per-image: 8", "size: \"640x480\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          name: d                                    | format: found nothing, expected one of coco, voc, yolo, label-maps, coco-label-maps
          format: coco                               | name: missing
          name: 'a b', format: yolo, images: i       | name 'a b': expected 1 to 100 letters
          name: d, format: coco, images: i           | annotations: found nothing, expected the JSON file
          name: d, format: coco, annotations: a      | images: found nothing, expected the folder
          name: d, format: yolo, images: i, size: 0x4  | size '4': expected WIDTHxHEIGHT
          name: d, format: yolo, images: i, size: ax4 | size 'ax4': expected WIDTHxHEIGHT, e.g. 416x416
          name: d, format: yolo, images: i, size: 00x4 | size 0x4: expected sides of 1 to 8192 pixels
          name: d, format: yolo, images: i, padding: 256 | padding: found 256, expected a whole number, 0 to 255
          name: d, format: yolo, images: i, threads: 0 | threads: found 0, expected a whole number, 1 to 1024
          name: d, format: yolo, images: i, augment: {scale: [2, 1]} | key 'augment.scale': found [2.0, 1.0], expected [low, high]
          name: d, format: yolo, images: i, augment: {min-visible: 2} | augment.min-visible: found 2, expected 0 to 1
          name: d, format: yolo, images: i, sources: [{images: j}] | found both, expected one of the two ways
          name: d, format: yolo, images: i, class-names: [a], class-names-file: f | class-names and class-names-file: found both
          name: d, format: yolo, images: i, sise: 4x4 | unknown key 'sise'
          name: d, format: pascal, images: i         | format
          """)
  void aMistakeIsOneLine(String yaml, String message) {
    assertThatThrownBy(() -> bind("{" + yaml + "}"))
        .isInstanceOf(UserMistakeException.class)
        .hasMessageContaining(message)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @CsvSource({
    "instances_val2017.json, i, val",
    "instances.json, images/test, test",
    "labels/Train, i, train",
    "a.json, i, train",
    "trainval.json, i, train"
  })
  void theSplitIsReadFromTheNamesOfTheFiles(String annotations, String images, String split) {
    assertThat(DatasetSource.of(null, Path.of(annotations), Path.of(images)).splitName())
        .isEqualTo(split);
    assertThat(DatasetSource.of("x", Path.of(annotations), Path.of(images)).splitName())
        .isEqualTo("x");
  }

  @Test
  void aPlanGivesDefaultsOfResizeAndPaddingAndExcludesAugment() {
    PublishConfig config = bind(LEAST + "plan: nanodet\n");

    assertThat(config.views().resize()).isEqualTo(ResizeMode.STRETCH);
    assertThat(config.views().augment()).isNull();
    assertThat(config.viewPlan().augment().steps()).hasSize(5);
    assertThat(bind(LEAST + "plan: nanodet\nresize: letterbox\n").views().resize())
        .isEqualTo(ResizeMode.LETTERBOX);
    assertThatThrownBy(() -> bind(LEAST + "plan: nanodet\naugment: {hue: [0, 0]}\n"))
        .hasMessageContaining("plan and augment: found both, expected one of them");
  }

  @Test
  void unlabelledImagesComeBesideAnnotatedOnes() {
    String annotated = "{split: train, annotations: a.json, images: i}";
    String unlabelled = "{split: train, images: more, unlabelled: yes}";
    PublishConfig config =
        bind("name: d\nformat: coco\nsources: [" + annotated + ", " + unlabelled + "]\n");

    assertThat(config.input().sources().get(0).unlabelled()).isFalse();
    assertThat(config.input().sources().get(1).unlabelled()).isTrue();
    assertThatThrownBy(() -> bind("name: d\nformat: coco\nsources: [" + unlabelled + "]\n"))
        .hasMessageContaining(
            "sources: found unlabelled ones alone, expected one with annotations");
    assertThatThrownBy(
            () ->
                bind(
                    "name: d\nformat: yolo\nsources: [{images: i, annotations: l, unlabelled: yes}]"))
        .hasMessageContaining("unlabelled: found annotations or split-file with it");
  }

  @Test
  void evaluationSplitsGetThePlainViewAloneIfThereAreOthers() {
    String sources =
        """
        name: d
        format: coco
        views-per-image: 3
        sources:
          - {split: train, annotations: a.json, images: i}
          - {split: val, annotations: b.json, images: i}
        """;
    PublishConfig config = bind(sources);

    assertThat(config.viewsOf("train")).isEqualTo(3);
    assertThat(config.viewsOf("val")).isEqualTo(1);
    assertThat(bind(sources + "plain-splits: []\n").viewsOf("val")).isEqualTo(3);
    assertThat(bind(LEAST + "split: val\nviews-per-image: 3\n").viewsOf("val")).isEqualTo(3);
    CanvasEncoder png = new CanvasEncoder(PixelFormat.PNG, 1);
    assertThat(PlanText.of(config, png, "00ff")).contains("plain-splits:\n- \"val\"\n");
    assertThat(PlanText.of(bind(sources + "plain-splits: []\n"), png, "00ff"))
        .doesNotContain("plain-splits");
  }

  @Test
  void thePlanNamesWhatDecidesTheBytesAndNothingElse() {
    PublishConfig config = bind(LEAST);
    CanvasEncoder png = new CanvasEncoder(PixelFormat.PNG, 1);
    String plan = PlanText.of(config, png, "00ff");

    assertThat(plan)
        .isEqualTo(
            """
            ---
            generator: 1
            format: "coco"
            size: "416x416"
            resize: "letterbox"
            padding: 114
            views-per-image: 1
            seed: 0
            pixel-format: "PNG"
            pixel-level: 1
            source-sha256: "00ff"
            """);
    PublishConfig more = bind(LEAST + "views-per-image: 2\nthreads: 9\n");
    assertThat(PlanText.of(more, png, "00ff")).contains("augment:\n  flip-probability: 0.5\n");
    assertThat(PlanText.of(bind(LEAST + "views-per-image: 2\nplan: mmdetection-1x\n"), png, "0"))
        .contains(
            "steps:\n- step: \"flip-horizontal\"\n  probability: 0.5\npixel-format",
            "min-side: 2.0")
        .doesNotContain("augment:");
    assertThat(PlanText.difference(plan, PlanText.of(config, png, "00fe")))
        .startsWith("another source");
  }

  private static PublishConfig bind(String yaml) {
    return ConfigLoader.bind(yaml, List.of(), PublishConfig.class, "test");
  }
}
