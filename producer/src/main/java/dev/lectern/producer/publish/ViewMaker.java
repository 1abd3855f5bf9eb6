package dev.lectern.producer.publish;

import static dev.lectern.producer.publish.ProducerMeters.time;

import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.augment.GroundTruthProjection;
import dev.lectern.producer.augment.Partners;
import dev.lectern.producer.augment.Picture;
import dev.lectern.producer.augment.PlannedView;
import dev.lectern.producer.augment.ViewPlan;
import dev.lectern.producer.augment.ViewRenderer;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.producer.dataset.SourceImage;
import dev.lectern.producer.dataset.UnusableImageException;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.View;
import dev.lectern.schemas.topic.Topics;
import dev.lectern.schemas.view.Canvas;
import dev.lectern.schemas.view.LabelPixels;
import dev.lectern.schemas.view.ViewId;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.opencv.core.Mat;

/**
 * Makes the views of an image that are not there yet.
 *
 * <p>An image whose views are all there is opened and checked, but not decoded: its problems and
 * objects are counted as if it were new, so that a run that was stopped and resumed counts like one
 * that was not. Safe for use by several threads.
 */
final class ViewMaker implements AutoCloseable {
  /** Room for the fields of a view beside its pixels; some hundred boxes of 100 bytes. */
  private static final int FIELD_BYTES = 256 << 10;

  private final PublishConfig config;
  private final ViewPlan plan;
  private final List<AnnotatedImage> images;
  private final EarlierVersion earlier;
  private final CanvasEncoder encoder;
  private final ByteBudget decoded;
  private final Problems problems;
  private final ProducerMeters meters;

  /** Of a plan that mixes images; null otherwise. */
  private final Mixing mixing;

  /** What a plan needs that shows an image on the views of others. */
  private record Mixing(SharedImages shared, PartnerGroups groups, Map<String, Integer> indices) {}

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
   * @param images all of the dataset
   * @param earlier version, whose images must be as they were
   */
  ViewMaker(
      PublishConfig config,
      List<AnnotatedImage> images,
      EarlierVersion earlier,
      CanvasEncoder encoder,
      Problems problems,
      ProducerMeters meters) {
    this.config = config;
    this.plan = config.viewPlan();
    this.images = images;
    this.earlier = earlier;
    this.encoder = encoder;
    this.decoded = new ByteBudget(config.pipeline().inFlightBytes());
    this.problems = problems;
    this.meters = meters;
    this.mixing =
        plan.viewsPerImage() > 1 && plan.augment().mixesImages()
            ? mixing(config, images, meters)
            : null;
  }

  private static Mixing mixing(
      PublishConfig config, List<AnnotatedImage> images, ProducerMeters meters) {
    Map<String, Integer> indices = new HashMap<>();
    for (int i = 0; i < images.size(); i++) {
      indices.put(images.get(i).imageId(), i);
    }
    return new Mixing(
        new SharedImages(
            images, config.pipeline().maxImagePixels(), config.pipeline().inFlightBytes(), meters),
        new PartnerGroups(images, config.views().seed()),
        indices);
  }

  /** Indices of the images in the order in which they are best made. */
  List<Integer> order() {
    return mixing == null
        ? IntStream.range(0, images.size()).boxed().toList()
        : mixing.groups.order();
  }

  /**
   * Makes the missing views of one image.
   *
   * @param present whether a view is there
   * @param sink gets the others, in the order of their numbers
   * @param stop asked between views
   * @throws UserMistakeException if the image is unusable although views of it are there, or a view
   *     is too large for a record
   */
  Outcome make(int index, Predicate<ViewId> present, Sink sink, BooleanSupplier stop) {
    AnnotatedImage annotated = images.get(index);
    int views = config.viewsOf(annotated.split());
    List<ViewId> missing = new ArrayList<>();
    for (int k = 0; k < views; k++) {
      ViewId id = new ViewId(annotated.imageId(), k);
      if (!present.test(id)) {
        missing.add(id);
      }
    }
    int skipped = views - missing.size();
    try {
      if (mixing != null && !missing.isEmpty()) {
        return makeShared(index, missing, skipped, sink, stop);
      }
      SourceImage source =
          time(
              meters.open,
              () -> SourceImage.open(annotated, config.pipeline().maxImagePixels(), problems));
      Picture picture = SharedImages.picture(annotated, source);
      if (earlier.has(annotated.imageId())) {
        earlier.requireUnchanged(plainWithoutPixels(annotated, source, picture));
      }
      boolean stopped = !missing.isEmpty() && !makeAlone(annotated, source, missing, sink, stop);
      return new Outcome(true, stopped, objects(picture), skipped);
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
      problems.leaveOut(annotated, e);
      return new Outcome(false, false, 0, 0);
    }
  }

  private View plainWithoutPixels(AnnotatedImage annotated, SourceImage source, Picture picture)
      throws UnusableImageException {
    PlannedView planned = plan.view(picture, 0, Partners.NONE);
    ViewId id = new ViewId(annotated.imageId(), 0);
    View.Builder plain = view(annotated, picture, id, planned, new byte[0]);
    Mat labels = source.labels();
    if (labels != null) {
      try {
        LabelPixels.put(plain, labels(planned, ViewRenderer.Pixels.of(labels)));
      } finally {
        labels.release();
      }
    }
    return plain.build();
  }

  private int objects(Picture picture) {
    return GroundTruthProjection.of(plan.view(picture, 0, Partners.NONE)).size();
  }

  private Outcome makeShared(
      int index, List<ViewId> missing, int skipped, Sink sink, BooleanSupplier stop)
      throws UnusableImageException {
    SharedImages.Decoded own = mixing.shared.take(index);
    try {
      own.problems().reportTo(problems);
      if (own.failure() != null) {
        throw own.failure();
      }
      Pixels pixels =
          new Pixels(
              (picture, use) -> lend(picture, SharedImages.Decoded::pixels, use),
              own.labels() == null
                  ? null
                  : (picture, use) -> lend(picture, SharedImages.Decoded::labels, use));
      boolean all =
          makeAll(images.get(index), own.picture(), missing, pixels, partners(index), sink, stop);
      return new Outcome(true, !all, objects(own.picture()), skipped);
    } finally {
      mixing.shared.give(index);
    }
  }

  private void lend(Picture picture, Function<SharedImages.Decoded, Mat> what, Consumer<Mat> use) {
    int index = mixing.indices.get(picture.imageId());
    SharedImages.Decoded image = mixing.shared.take(index);
    try {
      use.accept(what.apply(image));
    } finally {
      mixing.shared.give(index);
    }
  }

  /** The images of the group; in place of one that is unusable the next that is not. */
  private Partners partners(int own) {
    return at -> {
      int index = mixing.groups.pick(own, at);
      while (true) {
        SharedImages.Decoded partner = mixing.shared.take(index);
        mixing.shared.give(index);
        if (partner.picture() != null) {
          return partner.picture();
        }
        index = mixing.groups.next(index);
      }
    };
  }

  /** Whether all were made. */
  private boolean makeAlone(
      AnnotatedImage annotated,
      SourceImage source,
      List<ViewId> missing,
      Sink sink,
      BooleanSupplier stop)
      throws UnusableImageException {
    long footprint = source.footprint();
    decoded.take(footprint);
    try {
      Mat labels = source.labels();
      Mat image = time(meters.decode, source::pixels);
      try {
        return makeAll(
            annotated,
            SharedImages.picture(annotated, source),
            missing,
            new Pixels(
                ViewRenderer.Pixels.of(image),
                labels == null ? null : ViewRenderer.Pixels.of(labels)),
            Partners.NONE,
            sink,
            stop);
      } finally {
        image.release();
        if (labels != null) {
          labels.release();
        }
      }
    } finally {
      decoded.give(footprint);
    }
  }

  /**
   * What views are drawn from.
   *
   * @param images lends pixels
   * @param labels lends label maps; null where only boxes are annotated
   */
  private record Pixels(ViewRenderer.Pixels images, ViewRenderer.Pixels labels) {}

  /** Whether all were made. */
  private boolean makeAll(
      AnnotatedImage annotated,
      Picture picture,
      List<ViewId> missing,
      Pixels pixels,
      Partners partners,
      Sink sink,
      BooleanSupplier stop)
      throws UnusableImageException {
    for (ViewId id : missing) {
      if (stop.getAsBoolean()) {
        return false;
      }
      PlannedView planned = plan.view(picture, id.viewNumber(), partners);
      byte[] labels = pixels.labels == null ? null : labels(planned, pixels.labels);
      byte[] encoded = encoded(planned, pixels.images);
      View.Builder view = view(annotated, picture, id, planned, encoded);
      if (labels != null) {
        LabelPixels.put(view, labels);
      }
      requireFits(id, encoded.length + (labels == null ? 0 : labels.length));
      sink.accept(view.build(), encoded.length);
    }
    return true;
  }

  private byte[] labels(PlannedView planned, ViewRenderer.Pixels maps) {
    return LabelPixels.encode(
        plan.size().width(), plan.size().height(), ViewRenderer.labels(planned, maps));
  }

  private byte[] encoded(PlannedView planned, ViewRenderer.Pixels images)
      throws UnusableImageException {
    Mat canvas = time(meters.render, () -> ViewRenderer.render(planned, images));
    byte[] pixels;
    try {
      pixels = time(meters.encode, () -> encoder.encode(canvas));
    } finally {
      canvas.release();
    }
    return pixels;
  }

  private void requireFits(ViewId id, long bytes) {
    if (bytes > Topics.MAX_MESSAGE_BYTES - FIELD_BYTES) {
      throw new UserMistakeException(
          "view "
              + id
              + ": is "
              + bytes
              + " bytes as "
              + encoder.format()
              + ", expected at most "
              + (Topics.MAX_MESSAGE_BYTES - FIELD_BYTES)
              + "; choose jpeg or a smaller size");
    }
  }

  private View.Builder view(
      AnnotatedImage annotated, Picture picture, ViewId id, PlannedView planned, byte[] pixels) {
    return View.newBuilder()
        .setViewId(id.toString())
        .setImageId(annotated.imageId())
        .setViewNumber(id.viewNumber())
        .setSplit(annotated.split())
        .setWidth(plan.size().width())
        .setHeight(plan.size().height())
        .setValidWidth(planned.validWidth())
        .setValidHeight(planned.validHeight())
        .setSourceWidth(picture.width())
        .setSourceHeight(picture.height())
        .setTransform(planned.transform())
        .setGroundTruth(GroundTruthProjection.of(planned))
        .setPixelFormat(encoder.format())
        .setLabelled(annotated.labelled())
        .setPixelsSha256(ByteBuffer.wrap(Canvas.sha256(pixels)))
        .setPixels(ByteBuffer.wrap(pixels));
  }

  /** No images are being made now. */
  @Override
  public void close() {
    if (mixing != null) {
      mixing.shared.close();
    }
  }
}
