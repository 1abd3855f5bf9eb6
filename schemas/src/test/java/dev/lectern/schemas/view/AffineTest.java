package dev.lectern.schemas.view;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AffineTest {
  @Test
  void aBoxFollowsResizeAndFlip() {
    // 200 x 100 resized to 100 x 100, then mirrored: x' = 100 - x / 2, y' = y.
    Affine affine = Affine.scale(0.5, 1).then(Affine.flipHorizontal(100));

    assertThat(affine.applyToBox(20, 10, 60, 40)).containsExactly(70, 10, 90, 40);
  }

  @Test
  void theInverseLeadsBack() {
    Affine affine = new Affine(0.5, 0.1, 7, -0.2, 2, -3);
    Affine inverse = affine.inverse();
    double x = affine.applyX(12, 34);
    double y = affine.applyY(12, 34);

    assertThat(inverse.applyX(x, y)).isCloseTo(12, org.assertj.core.data.Offset.offset(1e-12));
    assertThat(inverse.applyY(x, y)).isCloseTo(34, org.assertj.core.data.Offset.offset(1e-12));
  }

  @Test
  void aSingularMapHasNoInverse() {
    assertThatThrownBy(() -> Affine.scale(0, 1).inverse())
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void viewIdsKeepImageIdsThatContainTheSeparator() {
    assertThat(ViewId.parse(new ViewId("a#b", 3).toString())).isEqualTo(new ViewId("a#b", 3));
    assertThatThrownBy(() -> ViewId.parse("a")).hasMessage("view id 'a': expected imageId#number");
  }
}
