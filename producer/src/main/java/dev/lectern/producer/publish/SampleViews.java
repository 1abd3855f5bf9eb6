package dev.lectern.producer.publish;

import dev.lectern.producer.augment.CanvasEncoder;
import dev.lectern.producer.augment.ResizeMode;
import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.DatasetReader;
import dev.lectern.producer.dataset.Problems;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.PixelFormat;
import dev.lectern.schemas.record.State;
import dev.lectern.schemas.record.View;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The views of some labelled images of a dataset, made as publishing makes them, without a broker.
 *
 * @param dataset what a manifest would say of it
 * @param views those of an image one after the other
 */
public record SampleViews(DatasetManifest dataset, List<View> views) {
  public SampleViews {
    views = List.copyOf(views);
  }

  /**
   * The plain view of each.
   *
   * @param resize in place of the configuration's
   * @param images how many, at most
   * @throws UserMistakeException if the source cannot be read, or no image has an object
   */
  public static SampleViews plain(PublishConfig config, ResizeMode resize, int images) {
    return of(config.plain(resize), images);
  }

  /**
   * All views of images that are spread evenly over those with objects. Their partners in mixed
   * views are any of the dataset.
   *
   * @param images how many, at most
   * @throws UserMistakeException if the source cannot be read, or no image has an object
   */
  public static SampleViews of(PublishConfig config, int images) {
    Problems problems = new Problems();
    AnnotatedDataset dataset =
        DatasetReader.of(
                config.input().format(),
                config.input().classNames(),
                config.input().classNamesFile(),
                config.input().difficultObjects())
            .read(
                config.input().sources().stream().filter(s -> !s.unlabelled()).toList(), problems);
    List<AnnotatedImage> labelled =
        dataset.images().stream()
            .filter(image -> !image.boxes().isEmpty() || image.pixels() != null)
            .toList();
    if (labelled.isEmpty()) {
      throw new UserMistakeException("found no image with objects, expected a labelled dataset");
    }
    Set<AnnotatedImage> chosen = Collections.newSetFromMap(new IdentityHashMap<>());
    int count = Math.min(images, labelled.size());
    for (int i = 0; i < count; i++) {
      chosen.add(labelled.get((int) ((long) i * labelled.size() / count)));
    }
    List<View> views = new ArrayList<>();
    try (ViewMaker maker =
        new ViewMaker(
            config,
            dataset.images(),
            EarlierVersion.none(),
            new CanvasEncoder(config.pixels().pixelFormat(), config.pixels().level()),
            problems,
            new ProducerMeters(new SimpleMeterRegistry()))) {
      for (int i = 0; i < dataset.images().size(); i++) {
        if (chosen.contains(dataset.images().get(i))) {
          maker.make(i, view -> false, (view, bytes) -> views.add(view), () -> false);
        }
      }
    }
    if (views.isEmpty()) {
      throw new UserMistakeException(
          "none of " + chosen.size() + " labelled images could be used: " + problems.byName());
    }
    return new SampleViews(manifest(config, dataset), views);
  }

  private static DatasetManifest manifest(PublishConfig config, AnnotatedDataset dataset) {
    return DatasetManifest.newBuilder()
        .setName(config.name())
        .setState(State.OPEN)
        .setClassNames(dataset.classNames())
        .setCategoryIds(dataset.categoryIds())
        .setSourceFormat(config.input().format().label())
        .setWidth(config.views().size().width())
        .setHeight(config.views().size().height())
        .setViewsPerImage(config.views().viewsPerImage())
        .setPixelFormat(PixelFormat.PNG)
        .setImages(0)
        .setViews(0)
        .setObjects(0)
        .setSplits(Map.of())
        .setProblems(Map.of())
        .setPlan("")
        .setSeed(config.views().seed())
        .setDigest("")
        .setUpdatedAt(0)
        .setEndOffsets(Map.of())
        .setLabelMaps(config.input().format().hasLabelMaps())
        .build();
  }
}
