package dev.lectern.watch;

import dev.lectern.schemas.record.DeadLetter;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Dead letters of one recording, counted by cause. Letters that differ in the view they name, its
 * place in the log or in numbers have the same cause.
 */
final class DeadLetterCauses {
  private static final int MAX_CAUSES = 1_000;
  private static final Pattern PLACE = Pattern.compile("\\S+-\\d+@\\d+(: )?");
  private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");

  private static final class Group {
    private final String text;
    private final String example;
    private long count;
    private long lastAt;

    private Group(String text, String example) {
      this.text = text;
      this.example = example;
    }

    private RecordingView.Cause view() {
      return new RecordingView.Cause(text, count, example, Instant.ofEpochMilli(lastAt).toString());
    }
  }

  private final Map<String, Group> groups = new LinkedHashMap<>();

  /** Counts a letter; beyond a thousand different causes new ones are counted together. */
  void add(DeadLetter letter) {
    String text = withoutPlaces(letter);
    String key = NUMBER.matcher(text).replaceAll("0");
    if (groups.size() >= MAX_CAUSES && !groups.containsKey(key)) {
      text = "other causes";
      key = text;
    }
    String shown = text;
    Group group = groups.computeIfAbsent(key, k -> new Group(shown, example(letter)));
    group.count++;
    group.lastAt = Math.max(group.lastAt, letter.getFailedAt());
  }

  private static String withoutPlaces(DeadLetter letter) {
    String text = letter.getCause();
    if (letter.getViewId() != null) {
      text = text.replaceAll("(view )?" + Pattern.quote(letter.getViewId()) + ":? ?", "");
    }
    text = PLACE.matcher(text).replaceAll(Matcher.quoteReplacement("")).strip();
    return text.isEmpty() ? letter.getCause() : text;
  }

  private static String example(DeadLetter letter) {
    return letter.getViewId() != null
        ? letter.getViewId()
        : letter.getTopic() + "-" + letter.getPartition() + "@" + letter.getOffset();
  }

  /** The most frequent ones, most frequent first. */
  List<RecordingView.Cause> top(int limit) {
    return groups.values().stream()
        .sorted(Comparator.comparingLong((Group g) -> g.count).reversed())
        .limit(limit)
        .map(Group::view)
        .toList();
  }
}
