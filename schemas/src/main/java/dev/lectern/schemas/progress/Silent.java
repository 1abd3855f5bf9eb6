package dev.lectern.schemas.progress;

/** Progress that nobody watches. */
final class Silent implements Progress {
  static final Silent INSTANCE = new Silent();

  private Silent() {}

  @Override
  public void total(long steps) {}

  @Override
  public void advance(long steps) {}

  @Override
  public void note(String text) {}

  @Override
  public void close() {}
}
