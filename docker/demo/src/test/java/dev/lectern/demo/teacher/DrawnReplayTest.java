package dev.lectern.demo.teacher;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.demo.draw.DrawnDataset;
import dev.lectern.demo.draw.DrawnImage;
import dev.lectern.detector.DetectorSpec;
import dev.lectern.schemas.record.ChannelOrder;
import dev.lectern.trainer.replay.Batches;
import dev.lectern.trainer.replay.EpochPlan;
import dev.lectern.trainer.replay.ReplayBatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class DrawnReplayTest {
  private static final DrawnDataset TRAIN = new DrawnDataset(1, 0, 12, 64, 0);
  private static final DrawnDataset VALIDATION = new DrawnDataset(1, 1000, 3, 64, 0);

  @Test
  void noPictureIsShownTwice() {
    try (DrawnReplay replay = replay()) {
      Set<String> seen = new HashSet<>();
      for (int epoch = 0; epoch < 3; epoch++) {
        EpochPlan plan = replay.plan(epoch);
        assertThat(plan.steps()).isEqualTo(2);
        seen.addAll(plan.viewIds());
      }
      assertThat(seen).hasSize(12);
    }
  }

  @Test
  void aBatchHoldsTheNormalisedPicturesAndTheirObjects() throws Exception {
    try (DrawnReplay replay = replay();
        Batches batches = replay.batches(replay.plan(1), 1)) {
      List<ReplayBatch> all = new ArrayList<>();
      ReplayBatch next;
      while ((next = batches.next()) != null) {
        all.add(next);
      }
      // epoch 1 shows pictures 4 to 7, its second step 6 and 7
      assertThat(all).hasSize(1);
      DrawnImage second = TRAIN.image(7);
      ReplayBatch batch = all.get(0);
      assertThat(batch.images().shape()).containsExactly(2, 3, 64, 64);
      int green = second.rgb()[3 * (5 * 64 + 9) + 1] & 0xff;
      assertThat(batch.images().bytes().asFloatBuffer().get(64 * 64 * (3 + 1) + 5 * 64 + 9))
          .isEqualTo((green - 10) / 2f);
      assertThat(batch.views().get(1).getGroundTruth()).hasSize(second.objects().size());
      assertThat(batch.views().get(1).getGroundTruth().get(0).getX2())
          .isEqualTo((float) second.objects().get(0).x2());
    }
  }

  private static DrawnReplay replay() {
    DetectorSpec.Input input =
        new DetectorSpec.Input(ChannelOrder.RGB, List.of(10.0, 10.0, 10.0), List.of(2.0, 2.0, 2.0));
    return new DrawnReplay(TRAIN, VALIDATION, input, 2, 3, null);
  }
}
