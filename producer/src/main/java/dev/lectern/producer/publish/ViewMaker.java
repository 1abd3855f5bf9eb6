package dev.lectern.producer.publish;

import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.augment.GroundTruthProjection;
import dev.lectern.producer.augment.PlannedView;
import dev.lectern.producer.augment.ViewPlan;
import dev.lectern.producer.augment.ViewRenderer;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.producer.dataset.SourceImage;
import dev.lectern.producer.dataset.UnusableImageException;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.Transform;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.ViewId;
import io.micrometer.core.instrument.Timer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.opencv.core.Mat;

/**
 * Makes the views of an image that are not there yet.
 *
 * <p>An image whose views are all there is opened and checked, but not decoded: its problems and
 * objects are counted as if it were new, so that a run that was stopped and resumed counts like one
 * that was not. Safe for use by several threads.
 */
final class ViewMaker {
  /** Room for the fields of a view beside its pixels; some hundred boxes of 100 bytes. */
  private static final int FIELD_BYTES = 256 << 10;

  private final ViewPlan plan;
  private final CanvasEncoder encoder;
  private final long maxImagePixels;
  private final ByteBudget decoded;
  private final Problems problems;
  private final ProducerMeters meters;

  /** Takes a finished view and the size of its pixels. */
  @FunctionalInterface
  interface Sink {
    void accept(View view, long pixelBytes);
  }

  /**
   * What came of an image.
   *
   * @param usable false: left out, and reported
   * @param stopped true: not all views were made
   * @param objects boxes on view 0
   * @param skipped views that were there already
   */
  record Outcome(boolean usable, boolean stopped, int objects, int skipped) {}

  /**
   * @param decoded limit on the bytes of decoded images, over all threads
   */
  ViewMaker(
      ViewPlan plan,
      CanvasEncoder encoder,
      long maxImagePixels,
      ByteBudget decoded,
      Problems problems,
      ProducerMeters meters) {
    this.plan = plan;
    this.encoder = encoder;
    this.maxImagePixels = maxImagePixels;
    this.decoded = decoded;
    this.problems = problems;
    this.meters = meters;
  }

  /**
   * Makes the missing views of one image.
   *
   * @param present tells which views are there
   * @param sink gets the others, in the order of their numbers
   * @param stop asked between views
   * @throws UserMistakeException if the image is unusable although views of it are there, or a view
   *     is too large for a record
   */
  Outcome make(
      AnnotatedImage annotated, Predicate<ViewId> present, Sink sink, BooleanSupplier stop) {
    List<ViewId> missing = new ArrayList<>();
    for (int k = 0; k < plan.viewsPerImage(); k++) {
      ViewId id = new ViewId(annotated.imageId(), k);
      if (!present.test(id)) {
        missing.add(id);
      }
    }
    int skipped = plan.viewsPerImage() - missing.size();
    try {
      SourceImage source =
          time(meters.open, () -> SourceImage.open(annotated, maxImagePixels, problems));
      PlannedView plain = plan.view(annotated.imageId(), 0, source.width(), source.height());
      int objects = GroundTruthProjection.onto(plain, source.boxes()).size();
      boolean stopped = false;
      if (!missing.isEmpty()) {
        stopped = !makeAll(annotated, source, missing, sink, stop);
      }
      return new Outcome(true, stopped, objects, skipped);
    } catch (UnusableImageException e) {
      if (skipped > 0) {
        throw new UserMistakeException(
            "image "
                + annotated.file()
                + ": has "
                + skipped
                + " published views but is now a "
                + e.problem().label()
                + " ("
                + e.getMessage()
                + "); expected the file as it was, or a new dataset name",
            e);
      }
      problems.report(e.problem(), annotated.file().toString(), e.getMessage());
      return new Outcome(false, false, 0, 0);
    }
  }

  /** Whether all were made. */
  private boolean makeAll(
      AnnotatedImage annotated,
      SourceImage source,
      List<ViewId> missing,
      Sink sink,
      BooleanSupplier stop)
      throws UnusableImageException {
    long footprint = source.footprint();
    decoded.take(footprint);
    try {
      Mat image = time(meters.decode, source::pixels);
      try {
        for (ViewId id : missing) {
          if (stop.getAsBoolean()) {
            return false;
          }
          PlannedView planned =
              plan.view(annotated.imageId(), id.viewNumber(), source.width(), source.height());
          byte[] pixels = pixels(id, planned, image);
          sink.accept(view(annotated, source, id, planned, pixels), pixels.length);
        }
        return true;
      } finally {
        image.release();
      }
    } finally {
      decoded.give(footprint);
    }
  }

  private byte[] pixels(ViewId id, PlannedView planned, Mat image) throws UnusableImageException {
    Mat canvas = time(meters.render, () -> ViewRenderer.render(planned, image));
    byte[] pixels;
    try {
      pixels = time(meters.encode, () -> encoder.encode(canvas));
    } finally {
      canvas.release();
    }
    if (pixels.length > Topics.MAX_MESSAGE_BYTES - FIELD_BYTES) {
      throw new UserMistakeException(
          "view "
              + id
              + ": is "
              + pixels.length
              + " bytes as "
              + encoder.format()
              + ", expected at most "
              + (Topics.MAX_MESSAGE_BYTES - FIELD_BYTES)
              + "; choose jpeg or a smaller size");
    }
    return pixels;
  }

  private View view(
      AnnotatedImage annotated, SourceImage source, ViewId id, PlannedView planned, byte[] pixels) {
    return View.newBuilder()
        .setViewId(id.toString())
        .setImageId(annotated.imageId())
        .setViewNumber(id.viewNumber())
        .setSplit(annotated.split())
        .setWidth(plan.size().width())
        .setHeight(plan.size().height())
        .setValidWidth(planned.validWidth())
        .setValidHeight(planned.validHeight())
        .setSourceWidth(source.width())
        .setSourceHeight(source.height())
        .setTransform(new Transform(planned.affine().toList(), planned.steps()))
        .setGroundTruth(GroundTruthProjection.onto(planned, source.boxes()))
        .setPixelFormat(encoder.format())
        .setPixelsSha256(ByteBuffer.wrap(Canvas.sha256(pixels)))
        .setPixels(ByteBuffer.wrap(pixels))
        .build();
  }

  @FunctionalInterface
  private interface Step<T> {
    T run() throws UnusableImageException;
  }

  private static <T> T time(Timer timer, Step<T> step) throws UnusableImageException {
    long start = System.nanoTime();
    T result = step.run();
    timer.record(System.nanoTime() - start, TimeUnit.NANOSECONDS);
    return result;
  }
}
