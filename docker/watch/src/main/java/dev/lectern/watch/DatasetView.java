package dev.lectern.watch;

import java.util.SortedMap;

/**
 * A dataset.
 *
 * @param state {@code open} while it is published, then {@code sealed}
 * @param images 0 while open
 * @param views while open those catalogued so far
 * @param objects annotated objects on all views; 0 while open
 * @param classes number of classes
 * @param width of a view, pixels
 * @param height of a view, pixels
 * @param splits views per split
 * @param problems what was left out or repaired, counted by name
 * @param updatedAt ISO 8601, UTC
 */
public record DatasetView(
    String name,
    String state,
    long images,
    long views,
    long objects,
    int viewsPerImage,
    int classes,
    int width,
    int height,
    SortedMap<String, Long> splits,
    SortedMap<String, Long> problems,
    String updatedAt) {}
