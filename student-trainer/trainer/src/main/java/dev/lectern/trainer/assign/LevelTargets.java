package dev.lectern.trainer.assign;

import java.util.List;

/**
 * The targets of a batch on some of the levels; the assembler was asked for them by {@link
 * OnLevels}.
 *
 * @param rows of these levels
 * @param levels ascending
 * @param all on every level
 */
public record LevelTargets(BatchRows rows, List<Integer> levels, BatchTargets all)
    implements BatchTargets {
  @Override
  public RowRegion positives() {
    RowRegion own = all.positives();
    return own == all.main() ? main() : main().where(row -> all.learns(rows.imageOf(row)));
  }

  @Override
  public RowRegion main() {
    return part(RegionPart.MAIN);
  }

  @Override
  public boolean isAnnotated(int image) {
    return all.isAnnotated(image);
  }

  @Override
  public boolean learns(int image) {
    return all.learns(image);
  }

  @Override
  public <T> T part(TargetPart<T> key) {
    return all.part(new OnLevels<>(levels, key));
  }
}
