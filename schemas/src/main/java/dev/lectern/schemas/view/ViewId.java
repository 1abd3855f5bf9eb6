package dev.lectern.schemas.view;

/**
 * The id of a view: the image's id, {@code #}, the view's number.
 *
 * @param imageId may itself contain {@code #}
 * @param viewNumber from 0; 0 is the plain resize of the whole image
 */
public record ViewId(String imageId, int viewNumber) {
  /**
   * @throws IllegalArgumentException if the text has no {@code #} followed by a number
   */
  public static ViewId parse(String text) {
    int at = text.lastIndexOf('#');
    try {
      return new ViewId(text.substring(0, at), Integer.parseInt(text.substring(at + 1)));
    } catch (IndexOutOfBoundsException | NumberFormatException e) {
      throw new IllegalArgumentException("view id '" + text + "': expected imageId#number", e);
    }
  }

  @Override
  public String toString() {
    return imageId + "#" + viewNumber;
  }
}
