package dev.lectern.cli;

import dev.lectern.producer.augment.AugmentPlan;
import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.augment.Partners;
import dev.lectern.producer.augment.Picture;
import dev.lectern.producer.augment.PlannedView;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.augment.ViewPlan;
import dev.lectern.producer.augment.ViewRenderer;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.BoxUnit;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.producer.dataset.SourceImage;
import dev.lectern.producer.dataset.UnusableImageException;
import dev.lectern.schemas.config.FileError;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.CanvasSize;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.opencv.core.Mat;

/** Images of a person's own as views, as {@code publish} would make them, without a broker. */
final class OwnImages {
  private static final long MAX_PIXELS = 100_000_000;
  private static final Set<String> ENDINGS =
      Set.of("jpg", "jpeg", "png", "webp", "bmp", "tif", "tiff", "ppm", "pgm");

  private final ViewPlan plan;
  private final Problems problems = new Problems();

  OwnImages(CanvasSize size, ResizeMode resize) {
    plan = new ViewPlan(size, resize, 114, 1, 0, AugmentPlan.load("plain"));
  }

  /**
   * The files among the paths, and the images below the folders among them, in order.
   *
   * @throws UserMistakeException if a path is missing, or there is no image
   */
  static List<Path> below(List<Path> paths) {
    List<Path> files = new ArrayList<>();
    for (Path path : paths) {
      if (!Files.exists(path)) {
        throw new UserMistakeException("image " + path + ": not found");
      }
      if (Files.isRegularFile(path)) {
        files.add(path);
        continue;
      }
      try (Stream<Path> all = Files.walk(path)) {
        all.filter(file -> ENDINGS.contains(ending(file)) && Files.isRegularFile(file))
            .sorted()
            .forEach(files::add);
      } catch (IOException e) {
        throw new UserMistakeException(
            "image folder " + path + ": cannot be read: " + FileError.reason(e), e);
      }
    }
    if (files.isEmpty()) {
      throw new UserMistakeException("images: found none below " + paths);
    }
    return files;
  }

  private static String ending(Path file) {
    String name = file.getFileName().toString();
    return name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
  }

  /**
   * The plain view of an image.
   *
   * @throws UnusableImageException if it does not decode
   */
  View view(Path file) throws UnusableImageException {
    String id = file.toString();
    AnnotatedImage image =
        new AnnotatedImage(id, "own", file, 0, 0, BoxUnit.PIXELS, List.of(), false);
    SourceImage source = SourceImage.open(image, MAX_PIXELS, problems);
    PlannedView planned =
        plan.view(new Picture(id, source.width(), source.height(), List.of()), 0, Partners.NONE);
    byte[] png = encoded(planned, source);
    return View.newBuilder()
        .setViewId(id + "#0")
        .setImageId(id)
        .setViewNumber(0)
        .setSplit(image.split())
        .setWidth(plan.size().width())
        .setHeight(plan.size().height())
        .setValidWidth(planned.validWidth())
        .setValidHeight(planned.validHeight())
        .setSourceWidth(source.width())
        .setSourceHeight(source.height())
        .setTransform(planned.transform())
        .setGroundTruth(List.of())
        .setPixelFormat(PixelFormat.PNG)
        .setLabelled(false)
        .setPixelsSha256(ByteBuffer.wrap(Canvas.sha256(png)))
        .setPixels(ByteBuffer.wrap(png))
        .build();
  }

  private static byte[] encoded(PlannedView planned, SourceImage source)
      throws UnusableImageException {
    Mat pixels = source.pixels();
    Mat canvas = ViewRenderer.render(planned, ViewRenderer.Pixels.of(pixels));
    try {
      return new CanvasEncoder(PixelFormat.PNG, 1).encode(canvas);
    } finally {
      pixels.release();
      canvas.release();
    }
  }
}
