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
import java.util.List;
import java.util.Map;

/**
 * The plain views of some labelled images of a dataset, made as publishing makes them, without a
 * broker.
 *
 * @param dataset what a manifest would say of it
 * @param views one for each image
 */
public record SampleViews(DatasetManifest dataset, List<View> views) {
  public SampleViews {
    views = List.copyOf(views);
  }

  /**
   * Makes them from images that are spread evenly over those with objects.
   *
   * @param resize in place of the configuration's
   * @param images how many, at most
   * @throws UserMistakeException if the source cannot be read, or no image has an object
   */
  public static SampleViews of(PublishConfig config, ResizeMode resize, int images) {
    Problems problems = new Problems();
    AnnotatedDataset dataset =
        DatasetReader.of(
                config.format(),
                config.classNames(),
                config.classNamesFile(),
                config.difficultObjects())
            .read(config.sources(), problems);
    List<AnnotatedImage> labelled =
        dataset.images().stream().filter(image -> !image.boxes().isEmpty()).toList();
    if (labelled.isEmpty()) {
      throw new UserMistakeException("found no image with objects, expected a labelled dataset");
    }
    List<AnnotatedImage> chosen = new ArrayList<>();
    int count = Math.min(images, labelled.size());
    for (int i = 0; i < count; i++) {
      chosen.add(labelled.get((int) ((long) i * labelled.size() / count)));
    }
    PublishConfig plain = config.plain(resize);
    List<View> views = new ArrayList<>();
    try (ViewMaker maker =
        new ViewMaker(
            plain,
            chosen,
            new CanvasEncoder(PixelFormat.PNG, 1),
            problems,
            new ProducerMeters(new SimpleMeterRegistry()))) {
      for (int i = 0; i < chosen.size(); i++) {
        maker.make(i, view -> false, (view, bytes) -> views.add(view), () -> false);
      }
    }
    if (views.isEmpty()) {
      throw new UserMistakeException(
          "none of " + chosen.size() + " labelled images could be used: " + problems.byName());
    }
    return new SampleViews(manifest(plain, dataset), views);
  }

  private static DatasetManifest manifest(PublishConfig config, AnnotatedDataset dataset) {
    return DatasetManifest.newBuilder()
        .setName(config.name())
        .setState(State.OPEN)
        .setClassNames(dataset.classNames())
        .setCategoryIds(dataset.categoryIds())
        .setSourceFormat(config.format().label())
        .setWidth(config.size().width())
        .setHeight(config.size().height())
        .setViewsPerImage(1)
        .setPixelFormat(PixelFormat.PNG)
        .setImages(0)
        .setViews(0)
        .setObjects(0)
        .setSplits(Map.of())
        .setProblems(Map.of())
        .setPlan("")
        .setSeed(config.seed())
        .setDigest("")
        .setUpdatedAt(0)
        .setEndOffsets(Map.of())
        .build();
  }
}
