package dev.lectern.producer.publish;

import dev.lectern.producer.Pictures;
import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.dataset.AnnotatedBox;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.BoxUnit;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.schemas.config.ConfigLoader;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.Part;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.serde.Sha256;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;

/**
 * Makes the views of a few pictures by a plan with every step and prints one digest of all records
 * for each number of threads: {@code ViewDigests FOLDER THREADS...}.
 */
final class ViewDigests {
  static final String PLAN =
      """
      min-side: 1
      steps:
        - {step: iou-crop}
        - {step: crop, probability: 0.3}
        - {step: expand, probability: 0.3}
        - {step: copy-paste}
        - {step: mosaic, probability: 0.7, tiles: 9}
        - {step: affine, scale: [0.5, 1.5], rotate: [-20, 20], shear: [-5, 5], translate: [-0.1, 0.1]}
        - {step: perspective, probability: 0.5}
        - {step: brightness, probability: 0.5}
        - {step: contrast}
        - {step: saturation}
        - {step: hue}
        - {step: mixup, probability: 0.4}
        - {step: flip-vertical}
        - {step: flip-horizontal}
        - {step: multi-scale}
        - {step: letterbox}
        - {step: stretch}
        - {step: blur, probability: 0.4}
        - {step: noise, probability: 0.4}
        - {step: jpeg, probability: 0.4}
        - {step: cutout}
      """;

  private ViewDigests() {}

  public static void main(String[] arguments) throws Exception {
    for (int i = 1; i < arguments.length; i++) {
      System.out.println(of(Path.of(arguments[0]), Integer.parseInt(arguments[i]), 1 << 28));
    }
  }

  /** Writes the pictures and the plan that {@link #of} reads. */
  static void prepare(Path folder) throws IOException {
    Files.writeString(folder.resolve("plan.yaml"), PLAN);
    for (int i = 0; i < 12; i++) {
      Pictures.write(
          folder.resolve(name(i)),
          Pictures.encoded(Pictures.gradient(70 + 9 * i, 120 - 5 * i), i % 3 == 0 ? "jpg" : "png"));
    }
    Files.write(folder.resolve(name(5)), new byte[] {1, 2, 3});
  }

  /**
   * @param bytes limit on decoded images
   */
  static String of(Path folder, int threads, long bytes) throws Exception {
    PublishConfig config =
        ConfigLoader.bind(
            "",
            List.of(
                "name=d",
                "format=yolo",
                "images=" + folder,
                "size=96x64",
                "views-per-image=4",
                "seed=3",
                "in-flight-bytes=" + bytes,
                "plan=" + folder.resolve("plan.yaml")),
            PublishConfig.class,
            "test");
    Queue<View> views = new ConcurrentLinkedQueue<>();
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    Problems problems = new Problems();
    try (ViewMaker maker =
        new ViewMaker(
            config,
            images(folder),
            EarlierVersion.none(),
            new CanvasEncoder(PixelFormat.JPEG, 95),
            problems,
            new ProducerMeters(new SimpleMeterRegistry()))) {
      List<Future<?>> done = new ArrayList<>();
      for (int index : maker.order()) {
        done.add(
            pool.submit(
                () ->
                    maker.make(index, id -> false, (view, size) -> views.add(view), () -> false)));
      }
      for (Future<?> future : done) {
        future.get();
      }
    } finally {
      pool.shutdown();
    }
    Map<String, String> digests = new TreeMap<>();
    for (View view : views) {
      digests.put(view.getViewId(), digest(view));
    }
    return digests.size() + " views " + problems.byName() + " " + hex(digests.toString());
  }

  /** Of pixels, boxes and places; as bytes, since Java 19 writes some numbers otherwise. */
  private static String digest(View view) throws IOException {
    MessageDigest digest = Sha256.start();
    digest.update(view.getPixelsSha256().duplicate());
    for (GroundTruth truth : view.getGroundTruth()) {
      digest.update(truth.toByteBuffer());
    }
    for (Part part : view.getTransform().getParts()) {
      digest.update(part.toByteBuffer());
    }
    return Sha256.hex(digest);
  }

  /** Every third picture is a JPEG. */
  private static String name(int picture) {
    return picture + (picture % 3 == 0 ? ".jpg" : ".png");
  }

  private static String hex(String text) {
    return HexFormat.of().formatHex(Sha256.of(text));
  }

  private static List<AnnotatedImage> images(Path folder) {
    return IntStream.range(0, 12)
        .mapToObj(
            i ->
                new AnnotatedImage(
                    "i" + i,
                    "train",
                    folder.resolve(name(i)),
                    0,
                    0,
                    BoxUnit.PIXELS,
                    List.of(
                        new AnnotatedBox("a" + i, 0, false, 10, 10, 30, 25, -1),
                        new AnnotatedBox("b" + i, 1, i % 2 == 0, 35, 30, 40, 45, -1))))
        .toList();
  }
}
