package dev.lectern.trainer.replay;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class EpochOrderTest {
  @Test
  void theOrderIsPinned() {
    // Given eight images with one view each
    List<String> views = IntStream.range(0, 8).mapToObj(i -> "img" + i + "#0").toList();

    // Then: what a seed means must never change (computed by an independent program)
    assertThat(EpochOrder.of(views, 42, 0))
        .containsExactly(
            "img6#0", "img7#0", "img5#0", "img4#0", "img2#0", "img3#0", "img0#0", "img1#0");
    assertThat(EpochOrder.of(views, 42, 1))
        .containsExactly(
            "img0#0", "img7#0", "img5#0", "img3#0", "img4#0", "img6#0", "img1#0", "img2#0");
  }

  @Test
  void theOrderDoesNotDependOnWhereTheViewsCameFrom() {
    // Given the same views in two orders
    List<String> views = new ArrayList<>(IntStream.range(0, 50).mapToObj(i -> i + "#0").toList());
    List<String> shuffled = new ArrayList<>(views);
    Collections.reverse(shuffled);

    // Then
    assertThat(EpochOrder.of(shuffled, 7, 3)).isEqualTo(EpochOrder.of(views, 7, 3));
  }

  @Test
  void everyImageComesOncePerEpoch() {
    // Given three views each of twenty images
    List<String> views =
        IntStream.range(0, 60).mapToObj(i -> "image" + i / 3 + "#" + i % 3).toList();

    // When
    List<String> order = EpochOrder.of(views, 1, 5);

    // Then epoch 5 takes view 5 mod 3 = 2
    assertThat(order).hasSize(20).doesNotHaveDuplicates().allMatch(id -> id.endsWith("#2"));
  }

  @Test
  void theLastEpochsTakePlainViewsInTheSameShuffle() {
    // Given three views each of twenty images, the plain one of image 7 missing
    List<String> views =
        IntStream.range(0, 60)
            .mapToObj(i -> "image" + i / 3 + "#" + i % 3)
            .filter(id -> !id.equals("image7#0"))
            .toList();

    // When: epochs 4 and 5 of six are plain
    for (int epoch = 0; epoch < 4; epoch++) {
      assertThat(EpochOrder.of(views, 1, epoch, 4)).isEqualTo(EpochOrder.of(views, 1, epoch));
    }
    List<String> plain = EpochOrder.of(views, 1, 5, 4);

    // Then
    assertThat(plain).hasSize(20).contains("image7#1");
    assertThat(plain).filteredOn(id -> !id.startsWith("image7#")).allMatch(id -> id.endsWith("#0"));
    assertThat(images(plain)).isEqualTo(images(EpochOrder.of(views, 1, 5)));
  }

  private static List<String> images(List<String> viewIds) {
    return viewIds.stream().map(id -> id.substring(0, id.indexOf('#'))).toList();
  }

  @Test
  void anImageWithAMissingViewTakesOneItHas() {
    // Given view 1 of image a was not recorded
    List<String> views = List.of("a#0", "a#2", "b#0", "b#1", "b#2");

    // Then epoch 1 takes the second of what there is
    assertThat(EpochOrder.of(views, 1, 1)).containsExactlyInAnyOrder("a#2", "b#1");
  }

  @Test
  void seedsAndEpochsGiveDifferentOrders() {
    // Given
    List<String> views = IntStream.range(0, 30).mapToObj(i -> i + "#0").toList();

    // Then
    assertThat(EpochOrder.of(views, 1, 0)).isNotEqualTo(EpochOrder.of(views, 2, 0));
    assertThat(EpochOrder.of(views, 1, 0)).isNotEqualTo(EpochOrder.of(views, 1, 1));
  }
}
