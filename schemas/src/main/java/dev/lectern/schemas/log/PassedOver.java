package dev.lectern.schemas.log;

import dev.lectern.schemas.serde.CorruptRecordException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records that do not decode, which a reader passes over: how many, and what was found where.
 *
 * <p>A process logs each of them once, however often it reads the topic.
 */
public final class PassedOver {
  /** How many are kept with their coordinates; the others are only counted. */
  public static final int LISTED = 100;

  private static final Logger LOG = LoggerFactory.getLogger(PassedOver.class);
  private static final int REMEMBERED = 10_000;
  private static final Set<String> LOGGED = ConcurrentHashMap.newKeySet();

  private final List<String> first = new ArrayList<>();
  private long count;

  void add(CorruptRecordException found) {
    count++;
    if (first.size() < LISTED) {
      first.add(found.getMessage());
    }
    if (LOGGED.size() < REMEMBERED && LOGGED.add(found.getMessage())) {
      LOG.warn("record passed over: {}", found.getMessage());
    }
  }

  /**
   * What cannot be read.
   *
   * @param at {@code topic-partition@offset}
   * @param why what was found there
   */
  void add(String at, String why) {
    add(new CorruptRecordException(at + ": " + why));
  }

  /** Decodes a record that nobody asked for, to see whether it can be. */
  void addUnlessDecodes(LogRecord<?, ?> record) {
    try {
      record.requireKey();
      record.value();
    } catch (CorruptRecordException e) {
      add(e);
    }
  }

  void addAll(PassedOver other) {
    count += other.count;
    other.first.stream().limit(LISTED - first.size()).forEach(first::add);
  }

  /** How many there were. */
  public long count() {
    return count;
  }

  /** The first of them, each as {@code topic-partition@offset: what was found}. */
  public List<String> first() {
    return Collections.unmodifiableList(first);
  }
}
