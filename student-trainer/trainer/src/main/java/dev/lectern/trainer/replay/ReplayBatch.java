package dev.lectern.trainer.replay;

import dev.lectern.schemas.record.View;
import java.util.List;
import java.util.Map;

/**
 * Some views, decoded for one training step.
 *
 * <p>Its memory goes back to a pool when it is closed: arrays made from it must be gone by then.
 */
public final class ReplayBatch implements AutoCloseable {
  private final List<View> views;
  private final FloatArray images;
  private final List<Map<String, FloatArray>> teachers;
  private final List<Map<String, StoredRows>> rows;
  private final Runnable release;

  /**
   * @param views N views with their ground truth; none if teacher outputs alone were asked for
   * @param images (N, 3, height, width), normalised for the student; (N, 3, 0, 0) without views
   * @param teachers per recording, in the order of {@link Replay#recordings}, the outputs by tensor
   *     name ({@code cls.0}, {@code dist.0}, {@code fpn.0}, ...), each (N, C, H, W); class logits
   *     are in the order of the dataset's classes; empty for evaluation
   * @param rows per recording those of its tensors that hold some positions only
   * @param release called once, when the batch is closed
   */
  public ReplayBatch(
      List<View> views,
      FloatArray images,
      List<Map<String, FloatArray>> teachers,
      List<Map<String, StoredRows>> rows,
      Runnable release) {
    this.views = List.copyOf(views);
    this.images = images;
    this.teachers = teachers.stream().map(Map::copyOf).toList();
    this.rows = rows.stream().map(Map::copyOf).toList();
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
  public List<Map<String, FloatArray>> teachers() {
    return teachers;
  }

  /** Outputs per recording of which it holds some positions only; empty for evaluation. */
  public List<Map<String, StoredRows>> rows() {
    return rows;
  }

  @Override
  public void close() {
    release.run();
  }
}
