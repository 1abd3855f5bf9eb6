package dev.lectern.teacher.recording;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.lectern.schemas.config.UserMistakeException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a worker gives up: {@code SHARE%,VIEWS}, or {@code none} for never.
 *
 * @param percent of a worker's views, 1 to 100, that may become dead letters of one cause; 0 for
 *     any
 * @param views how many are to be settled before that is judged
 */
public record MaxFailures(int percent, int views) {
  /** Never. */
  public static final MaxFailures NONE = new MaxFailures(0, 0);

  private static final Pattern FORM = Pattern.compile("(\\d{1,3})\\s*%\\s*,\\s*(\\d{1,7})");

  @JsonCreator
  static MaxFailures parse(String text) {
    if (text.equals("none")) {
      return NONE;
    }
    Matcher matcher = FORM.matcher(text.strip());
    if (matcher.matches()) {
      int percent = Integer.parseInt(matcher.group(1));
      int views = Integer.parseInt(matcher.group(2));
      if (percent >= 1 && percent <= 100 && views >= 1) {
        return new MaxFailures(percent, views);
      }
    }
    throw new UserMistakeException(
        "max-failures: found '"
            + text
            + "', expected SHARE%,VIEWS such as 100%,20 (end when all of the first 20 views fail of"
            + " one cause), or none");
  }

  @JsonValue
  @Override
  public String toString() {
    return percent == 0 ? "none" : percent + "%," + views;
  }
}
