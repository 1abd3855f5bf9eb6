package dev.lectern.producer.publish;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.producer.dataset.AnnotatedImage;
import dev.lectern.producer.dataset.BoxUnit;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PartnerGroupsTest {
  @Test
  void partnersAreOfTheSameSplitAndGroup() {
    // Given: 300 images are two groups, of 128 and 172
    List<AnnotatedImage> images = images(300, "train");
    images.addAll(images(3, "val"));
    PartnerGroups groups = new PartnerGroups(images, 1);

    // When
    Set<Integer> partners = new HashSet<>();
    for (int i = 0; i < 5000; i++) {
      partners.add(groups.pick(groups.order().get(0), i / 5000.0));
    }
    Set<Integer> ofVal = new HashSet<>(List.of(300, 301, 302));

    // Then
    assertThat(partners).isEqualTo(new HashSet<>(groups.order().subList(0, 128)));
    assertThat(groups.pick(301, 0.999)).isIn(ofVal);
    assertThat(groups.order()).hasSize(303).doesNotHaveDuplicates();
    Set<Integer> round = new HashSet<>();
    for (int i = 0, at = groups.order().get(299); i < 172; i++, at = groups.next(at)) {
      round.add(at);
    }
    assertThat(round).isEqualTo(new HashSet<>(groups.order().subList(128, 300)));
  }

  @Test
  void theSeedDecidesAndTheOrderOfTheSourceDoesNot() {
    List<AnnotatedImage> images = images(300, "train");
    List<AnnotatedImage> reversed = new ArrayList<>(images);
    Collections.reverse(reversed);

    assertThat(ids(images, 1)).isEqualTo(ids(reversed, 1)).isNotEqualTo(ids(images, 2));
  }

  private static List<String> ids(List<AnnotatedImage> images, long seed) {
    return new PartnerGroups(images, seed)
        .order().stream().map(index -> images.get(index).imageId()).toList();
  }

  private static List<AnnotatedImage> images(int count, String split) {
    List<AnnotatedImage> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      images.add(
          new AnnotatedImage(split + i, split, Path.of("x"), 0, 0, BoxUnit.PIXELS, List.of()));
    }
    return images;
  }
}
