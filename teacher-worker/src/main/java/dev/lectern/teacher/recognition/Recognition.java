package dev.lectern.teacher.recognition;

import java.util.List;
import java.util.stream.Stream;

/**
 * What is known of a model as a teacher.
 *
 * @param export which export it is, for people
 * @param descriptor YAML with which it can be a teacher; null if it cannot
 * @param unsure what the descriptor states and the file does not say
 * @param advice how to export so that less is lost; empty if nothing is
 * @param reason why it cannot be a teacher; null if it can
 */
public record Recognition(
    String export, String descriptor, List<String> unsure, List<String> advice, String reason) {
  static Recognition refused(String export, String reason, String... advice) {
    return new Recognition(export, null, List.of(), List.of(advice), reason);
  }

  Recognition alsoUnsure(String what) {
    List<String> all = Stream.concat(unsure.stream(), Stream.of(what)).toList();
    return new Recognition(export, descriptor, all, advice, reason);
  }
}
