package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.View;
import java.util.List;

/**
 * Some views, decoded for one training step.
 *
 * <p>Its memory goes back to a pool when it is closed: arrays made from it must be gone by then.
 */
public final class ReplayBatch implements AutoCloseable {
  private final List<View> views;
  private final FloatArray images;
  private final List<TeacherArrays> teachers;
  private final Runnable release;

  /**
   * @param views N views with their ground truth; none if teacher outputs alone were asked for
   * @param images (N, 3, height, width), normalised for the student; (N, 3, 0, 0) without views
   * @param teachers the outputs of each recording, in the order of {@link Replay#recordings}; empty
   *     for evaluation
   * @param release called once, when the batch is closed
   */
  public ReplayBatch(
      List<View> views, FloatArray images, List<TeacherArrays> teachers, Runnable release) {
    this.views = List.copyOf(views);
    this.images = images;
    this.teachers = List.copyOf(teachers);
    this.release = release;
  }

  public int size() {
    return (int) images.shape()[0];
  }

  public List<View> views() {
    return views;
  }

  public FloatArray images() {
    return images;
  }

  /** Outputs per recording; empty for evaluation. */
  public List<TeacherArrays> teachers() {
    return teachers;
  }

  @Override
  public void close() {
    release.run();
  }
}
