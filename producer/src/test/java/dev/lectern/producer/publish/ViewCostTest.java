package dev.lectern.producer.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lectern.producer.Shared;
import dev.lectern.producer.augment.Augmentation;
import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.augment.Partners;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.augment.ViewPlan;
import dev.lectern.producer.augment.ViewRenderer;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.CocoReader;
import dev.lectern.producer.dataset.DatasetSource;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.producer.dataset.SourceImage;
import dev.lectern.producer.dataset.UnusableImageException;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.CanvasSize;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.opencv.core.Core;
import org.opencv.core.Mat;

/**
 * Prints what a view costs, step by step: the table of the module's README.
 *
 * <pre>mvn -pl producer -am test -Dtest=ViewCostTest -Dlectern.measure=true
 *     -Dsurefire.failIfNoSpecifiedTests=false</pre>
 */
class ViewCostTest {
  private static final int ROUNDS = 4;
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private interface Step {
    long run(int index) throws UnusableImageException;
  }

  @Test
  void whatAViewCosts() throws Exception {
    assumeTrue(Boolean.getBoolean("lectern.measure"), "measures only when asked to");
    Path data = Shared.data("coco-mini");
    AnnotatedDataset dataset =
        new CocoReader(null)
            .read(
                List.of(
                    DatasetSource.of(
                        null,
                        data.resolve("annotations/instances_val2017.json"),
                        data.resolve("val2017"))),
                new Problems());
    List<AnnotatedImage> images = dataset.images();
    int n = images.size();
    Problems problems = new Problems();
    ViewPlan stretch =
        new ViewPlan(
            new CanvasSize(416, 416),
            ResizeMode.STRETCH,
            114,
            2,
            0,
            Augmentation.standard().asPlan());
    List<SourceImage> sources = new ArrayList<>();
    List<Mat> mats = new ArrayList<>();
    List<Mat> canvases = new ArrayList<>();
    List<byte[]> encoded = new ArrayList<>();
    for (AnnotatedImage image : images) {
      SourceImage source = SourceImage.open(image, 1_000_000, problems);
      sources.add(source);
      mats.add(source.pixels());
      canvases.add(
          ViewRenderer.render(
              stretch.view(SharedImages.picture(image, source), 0, Partners.NONE),
              ViewRenderer.Pixels.of(mats.get(mats.size() - 1))));
      encoded.add(new CanvasEncoder(PixelFormat.PNG, 1).encode(canvases.get(canvases.size() - 1)));
    }
    Core.setNumThreads(1);

    report("open: read and check", n, i -> open(images.get(i), problems));
    report(
        "decode",
        n,
        i -> {
          sources.get(i).pixels().release();
          return 0;
        });
    for (int k = 0; k < 2; k++) {
      int number = k;
      report(
          k == 0 ? "render view 0" : "render view 1 (augmented)",
          n,
          i -> {
            SourceImage s = sources.get(i);
            ViewRenderer.render(
                    stretch.view(SharedImages.picture(images.get(i), s), number, Partners.NONE),
                    ViewRenderer.Pixels.of(mats.get(i)))
                .release();
            return 0;
          });
    }
    for (int level : new int[] {0, 1, 2, 6}) {
      encode("encode PNG level " + level, PixelFormat.PNG, level, canvases);
    }
    for (int quality : new int[] {100, 95, 90, 75}) {
      encode("encode JPEG quality " + quality, PixelFormat.JPEG, quality, canvases);
    }
    report("SHA-256 of the PNG", n, i -> Canvas.sha256(encoded.get(i)).length);
  }

  private static void encode(String name, PixelFormat format, int level, List<Mat> canvases)
      throws UnusableImageException {
    CanvasEncoder encoder = new CanvasEncoder(format, level);
    report(name, canvases.size(), i -> encoder.encode(canvases.get(i)).length);
  }

  private static long open(AnnotatedImage image, Problems problems) throws UnusableImageException {
    return SourceImage.open(image, 1_000_000, problems).width() > 0 ? 0 : 1;
  }

  /** Mean CPU time of this thread per call after one round of warming up, and mean result. */
  private static void report(String name, int n, Step step) throws UnusableImageException {
    long results = 0;
    long start = 0;
    for (int round = 0; round <= ROUNDS; round++) {
      if (round == 1) {
        start = THREADS.getCurrentThreadCpuTime();
        results = 0;
      }
      for (int i = 0; i < n; i++) {
        results += step.run(i);
      }
    }
    double ms = (THREADS.getCurrentThreadCpuTime() - start) / 1e6 / ROUNDS / n;
    System.out.printf(
        Locale.ROOT, "%-28s %7.2f ms %9.1f kB%n", name, ms, results / 1e3 / ROUNDS / n);
    assertThat(ms).isPositive();
  }
}
