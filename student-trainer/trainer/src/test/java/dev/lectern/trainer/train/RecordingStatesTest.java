package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.RecordingManifest;
import dev.lectern.schemas.record.State;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RecordingStatesTest {
  private static final String ADVICE =
      ", so it was made anew; bring the old one back (lectern recordings import), or train from the"
          + " start in another folder";

  @Test
  void recordingsThatWereSealedMeanwhileAreTheSame() {
    RecordingStates then = RecordingStates.of(List.of(open("a", 1), open("b", 2)));

    assertThat(then.differences(List.of(open("a", 1), open("b", 2)))).isEmpty();
    assertThat(then.differences(List.of(sealed("a", 1, "aa"), open("b", 2)))).isEmpty();
    assertThat(then.differences(List.of(sealed("a", 1, "aa"), sealed("b", 2, "bb")))).isEmpty();
  }

  @Test
  void anOpenRecordingThatWasMadeAnewIsNamed() {
    RecordingStates then = RecordingStates.of(List.of(open("a", 0), open("b", 1000)));

    assertThat(then.differences(List.of(sealed("a", 0, "aa"), sealed("b", 61_000, "bb"))))
        .containsExactly(
            "recording 'b' was begun at 1970-01-01T00:01:01Z and was one begun at"
                + " 1970-01-01T00:00:01Z"
                + ADVICE);
  }

  @Test
  void aSealedRecordingIsItsDigest() {
    RecordingStates then = RecordingStates.of(List.of(sealed("a", 1, "aa")));

    assertThat(then.differences(List.of(sealed("a", 5, "aa")))).isEmpty();
    assertThat(then.differences(List.of(sealed("a", 1, "bb"))))
        .containsExactly("recording 'a' has digest bb and had aa" + ADVICE);
    assertThat(then.differences(List.of(open("a", 5))))
        .containsExactly("recording 'a' is open and was sealed with digest aa" + ADVICE);
  }

  @Test
  void olderCheckpointsKnowLess() {
    RecordingStates nothing = new RecordingStates(null, null);
    RecordingStates digests = new RecordingStates(Map.of("a", "aa"), null);

    assertThat(nothing.differences(List.of(open("a", 1)))).isEmpty();
    assertThat(digests.differences(List.of(sealed("a", 7, "aa"), open("b", 1)))).isEmpty();
  }

  private static RecordingManifest open(String name, long begun) {
    RecordingManifest manifest = new RecordingManifest();
    manifest.setName(name);
    manifest.setState(State.OPEN);
    manifest.setCreatedAt(begun);
    manifest.setDigest("");
    return manifest;
  }

  private static RecordingManifest sealed(String name, long begun, String digest) {
    RecordingManifest manifest = open(name, begun);
    manifest.setState(State.SEALED);
    manifest.setDigest(digest);
    return manifest;
  }
}
