package dev.lectern.producer.dataset;

import java.util.List;

/**
 * A dataset as its annotations describe it; no image has been opened.
 *
 * @param classNames a label is an index into this list
 * @param categoryIds for each label the id in the source
 * @param images every id once, in the order of the source
 */
public record AnnotatedDataset(
    List<String> classNames, List<Long> categoryIds, List<AnnotatedImage> images) {
  public AnnotatedDataset {
    classNames = List.copyOf(classNames);
    categoryIds = List.copyOf(categoryIds);
    images = List.copyOf(images);
    if (classNames.size() != categoryIds.size()) {
      throw new IllegalArgumentException(
          classNames.size() + " class names and " + categoryIds.size() + " category ids");
    }
  }
}
