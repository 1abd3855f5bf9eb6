package dev.lectern.trainer.eval;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a detector is measured against: images, categories and annotated objects.
 *
 * @param imageIds every evaluated image, also those without objects; evaluated in ascending order
 * @param categories every evaluated category
 * @param objects in the order of the annotations, which decides ties between equal overlaps
 * @param textIds the numbers in {@code imageIds} of images whose ids are text; empty where ids are
 *     numbers
 * @param sizes of images by id, as far as they are known
 */
public record GroundTruthSet(
    List<Long> imageIds,
    List<Category> categories,
    List<TruthBox> objects,
    Map<String, Long> textIds,
    Map<Long, ImageSize> sizes) {
  /** Images with numbers for ids, of unknown sizes. */
  public GroundTruthSet(List<Long> imageIds, List<Category> categories, List<TruthBox> objects) {
    this(imageIds, categories, objects, Map.of(), Map.of());
  }

  /**
   * @throws IllegalArgumentException if an id occurs twice or an object names an unknown image or
   *     category
   */
  public GroundTruthSet {
    imageIds = List.copyOf(imageIds);
    categories = List.copyOf(categories);
    objects = List.copyOf(objects);
    textIds = Map.copyOf(textIds);
    sizes = Map.copyOf(sizes);
    Set<Long> images = new HashSet<>();
    for (long id : imageIds) {
      if (!images.add(id)) {
        throw new IllegalArgumentException("image id " + id + " occurs twice");
      }
    }
    Set<Long> known = new HashSet<>();
    for (Category category : categories) {
      if (!known.add(category.id())) {
        throw new IllegalArgumentException("category id " + category.id() + " occurs twice");
      }
    }
    for (int i = 0; i < objects.size(); i++) {
      TruthBox object = objects.get(i);
      if (!images.contains(object.imageId())) {
        throw new IllegalArgumentException(
            "annotation " + i + ": image id " + object.imageId() + " is not among the images");
      }
      if (!known.contains(object.categoryId())) {
        throw new IllegalArgumentException(
            "annotation "
                + i
                + ": category id "
                + object.categoryId()
                + " is not among the categories");
      }
    }
  }
}
