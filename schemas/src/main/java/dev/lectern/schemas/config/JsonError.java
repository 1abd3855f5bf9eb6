package dev.lectern.schemas.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.io.JsonEOFException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where and why a text is not JSON or YAML, in words; Jackson's own messages name its classes and
 * switches.
 */
public final class JsonError {
  /** Advice to programmers, and places that only a programmer can look up. */
  private static final Pattern FOR_PROGRAMMERS =
      Pattern.compile(
          "(?<=\\(code [^)]{1,20}\\)\\)).*|\\s*\\([^()]*(`|\\[Source).*\\)|:\\s*enable `.*"
              + "|:?\\s*\\(?was expecting.*");

  /** The line of a YAML parser's message that tells the place; the line before it says what. */
  private static final Pattern YAML_PLACE =
      Pattern.compile("([^\\n]*)\\n\\s*in '[^']*', line (\\d+), column (\\d+)");

  private JsonError() {}

  /** {@code line 1, column 43: unexpected character (',' (code 44))}. */
  public static String at(JsonProcessingException e) {
    // YAML: the last place is that of the mistake, an earlier one that of what it is in.
    String yaml = null;
    Matcher places = YAML_PLACE.matcher(String.valueOf(e.getOriginalMessage()));
    while (places.find()) {
      yaml =
          "line %s, column %s: %s"
              .formatted(places.group(2), places.group(3), places.group(1).strip());
    }
    if (yaml != null) {
      return yaml;
    }
    JsonLocation place = e.getLocation();
    return place == null || place.getLineNr() < 1
        ? reason(e)
        : "line " + place.getLineNr() + ", column " + place.getColumnNr() + ": " + reason(e);
  }

  private static String reason(JsonProcessingException e) {
    if (e instanceof JsonEOFException) {
      return "the file ends in the middle; it may have been cut off";
    }
    String text = String.valueOf(e.getOriginalMessage()).lines().findFirst().orElse("");
    if (text.startsWith("Invalid UTF-")) {
      return "found bytes that are not UTF-8; save the file as UTF-8";
    }
    text = FOR_PROGRAMMERS.matcher(text).replaceAll("");
    return text.isEmpty() ? "malformed" : Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }
}
