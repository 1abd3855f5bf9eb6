package dev.lectern.trainer.train;

import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which recordings a run has learned from, each by its name: a sealed one is its digest, an open
 * one is known by when it was begun, since what it holds stays when it grows and when it is sealed.
 *
 * @param digests of those that were sealed
 * @param begun when each was begun, milliseconds since the epoch; null in older checkpoints
 */
record RecordingStates(Map<String, String> digests, Map<String, Long> begun) {
  static RecordingStates of(List<RecordingManifest> recordings) {
    Map<String, String> digests = new LinkedHashMap<>();
    Map<String, Long> begun = new LinkedHashMap<>();
    for (RecordingManifest recording : recordings) {
      begun.put(recording.getName(), recording.getCreatedAt());
      if (recording.getState() == State.SEALED) {
        digests.put(recording.getName(), recording.getDigest());
      }
    }
    return new RecordingStates(digests, begun);
  }

  /** What of the recordings is not what it was, and what to do; empty if the run may go on. */
  List<String> differences(List<RecordingManifest> now) {
    List<String> differences = new ArrayList<>();
    for (RecordingManifest recording : now) {
      String name = recording.getName();
      String digest = digests == null ? null : digests.get(name);
      Long then = begun == null ? null : begun.get(name);
      if (digest != null) {
        if (recording.getState() != State.SEALED) {
          differences.add(madeAnew(name, "is open", "was sealed with digest " + digest));
        } else if (!digest.equals(recording.getDigest())) {
          differences.add(madeAnew(name, "has digest " + recording.getDigest(), "had " + digest));
        }
      } else if (then != null && then != recording.getCreatedAt()) {
        differences.add(
            madeAnew(
                name,
                "was begun at " + Instant.ofEpochMilli(recording.getCreatedAt()),
                "was one begun at " + Instant.ofEpochMilli(then)));
      }
    }
    return differences;
  }

  private static String madeAnew(String recording, String found, String expected) {
    return "recording '"
        + recording
        + "' "
        + found
        + " and "
        + expected
        + ", so it was made anew; bring the old one back (lectern recordings import), or train"
        + " from the start in another folder";
  }
}
