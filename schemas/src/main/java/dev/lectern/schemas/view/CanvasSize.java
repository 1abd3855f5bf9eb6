package dev.lectern.schemas.view;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Size of the canvas, written {@code WIDTHxHEIGHT}.
 *
 * @param width pixels, 1 to 8192
 * @param height pixels, 1 to 8192
 */
public record CanvasSize(int width, int height) {
  private static final int MAX_SIDE = 8192;
  private static final Pattern FORM = Pattern.compile("(\\d{1,9})[xX](\\d{1,9})");

  public CanvasSize {
    if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
      throw new UserMistakeException(
          "size " + width + "x" + height + ": expected sides of 1 to " + MAX_SIDE + " pixels");
    }
  }

  /**
   * @throws UserMistakeException if the text is not {@code WIDTHxHEIGHT}
   */
  public static CanvasSize parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new UserMistakeException("size '" + text + "': expected WIDTHxHEIGHT, e.g. 416x416");
    }
    return new CanvasSize(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
  }

  /** YAML makes a number of some texts, such as 0x4. */
  @JsonCreator
  static CanvasSize ofYaml(Object value) {
    return parse(String.valueOf(value));
  }

  @JsonValue
  @Override
  public String toString() {
    return width + "x" + height;
  }
}
