package dev.lectern.trainer.assign;

import java.util.List;

/**
 * A part of the targets on some of the levels; its rows are those of these levels alone.
 *
 * @param levels ascending
 */
public record OnLevels<T>(List<Integer> levels, TargetPart<T> part) implements TargetPart<T> {
  @Override
  public T of(LabelledBatch batch) {
    return part.of(batch.onLevels(levels));
  }

  @Override
  public boolean readsThresholds() {
    return part.readsThresholds();
  }
}
