package dev.lectern.producer.publish;

import dev.lectern.producer.dataset.AnnotatedDataset;
import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.schemas.log.CorruptRecordingException;
import dev.lectern.schemas.log.ViewReader;
import dev.lectern.schemas.record.CatalogEntry;
import dev.lectern.schemas.record.DatasetManifest;
import dev.lectern.schemas.record.GroundTruth;
import dev.lectern.schemas.record.View;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;

/**
 * The version of a dataset that a new one adds images to. Its views are the new one's too, where
 * they lie, so its images must all be there as they were. Immutable.
 */
final class EarlierVersion {
  private final String name;
  private final int views;
  private final Map<String, Annotation> images;

  /** What a view 0 says of its image, pixels apart. */
  private record Annotation(
      String split,
      boolean labelled,
      int width,
      int height,
      List<GroundTruth> objects,
      ByteBuffer labelMapSha256) {
    static Annotation of(View plain) {
      return new Annotation(
          plain.getSplit(),
          plain.getLabelled(),
          plain.getSourceWidth(),
          plain.getSourceHeight(),
          List.copyOf(plain.getGroundTruth()),
          plain.getLabelMapSha256());
    }
  }

  private EarlierVersion(String name, int views, Map<String, Annotation> images) {
    this.name = name;
    this.views = views;
    this.images = images;
  }

  /** There is none. */
  static EarlierVersion none() {
    return new EarlierVersion("", 0, Map.of());
  }

  /**
   * Reads what the plain views say of their images.
   *
   * @param catalog of the version
   * @param planText of the version that is to come
   * @throws UserMistakeException if that makes other views of an image, or has other classes
   */
  static EarlierVersion read(
      ClientSettings settings,
      DatasetManifest manifest,
      SortedMap<String, CatalogEntry> catalog,
      String planText,
      AnnotatedDataset next) {
    String name = manifest.getName();
    PlanText.differenceOfViews(manifest.getPlan(), planText)
        .ifPresent(
            found -> {
              throw new UserMistakeException(
                  "dataset " + name + ": has " + found + "; expected the same, or a new name");
            });
    if (!manifest.getClassNames().equals(next.classNames())
        || !manifest.getCategoryIds().equals(next.categoryIds())) {
      throw new UserMistakeException(
          "dataset "
              + name
              + ": has classes "
              + manifest.getClassNames()
              + ", found "
              + next.classNames()
              + "; expected the same, or a new name");
    }
    Map<String, Annotation> images = new HashMap<>();
    try (ViewReader reader = new ViewReader(settings.given(), name)) {
      reader.scan(
          catalog.values().stream().filter(entry -> entry.getViewNumber() == 0).toList(),
          new ViewReader.Handler() {
            @Override
            public void view(CatalogEntry entry, View view) {
              images.put(entry.getImageId(), Annotation.of(view));
            }

            @Override
            public void failed(CatalogEntry entry, String at, String why) {
              throw new CorruptRecordingException(at + ", view " + entry.getViewId() + ": " + why);
            }
          });
    }
    EarlierVersion earlier = new EarlierVersion(name, catalog.size(), images);
    earlier.requireAll(next.images());
    return earlier;
  }

  private void requireAll(List<AnnotatedImage> next) {
    Set<String> lacking = new HashSet<>(images.keySet());
    next.forEach(image -> lacking.remove(image.imageId()));
    if (!lacking.isEmpty()) {
      throw new UserMistakeException(
          "dataset "
              + name
              + ": "
              + lacking.size()
              + " of its images are not in the source, such as "
              + lacking.iterator().next()
              + "; a version adds images only: expected them all, or a new name");
    }
  }

  /** How many views it has. */
  int views() {
    return views;
  }

  /** Whether an image is among its own. */
  boolean has(String imageId) {
    return images.containsKey(imageId);
  }

  /**
   * Compares an image with what was published of it.
   *
   * @param plain its view 0 as it would be published now, without pixels
   * @throws UserMistakeException if its split, size or annotations are others
   */
  void requireUnchanged(View plain) {
    if (!Annotation.of(plain).equals(images.get(plain.getImageId()))) {
      throw new UserMistakeException(
          "image "
              + plain.getImageId()
              + ": its split, size or annotations are not those of dataset "
              + name
              + "; a version adds images only: expected it as it was, or a new name");
    }
  }
}
