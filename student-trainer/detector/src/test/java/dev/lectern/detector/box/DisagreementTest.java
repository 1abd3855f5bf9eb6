package dev.lectern.detector.box;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lectern.schemas.record.GroundTruth;
import java.util.List;
import org.junit.jupiter.api.Test;

class DisagreementTest {
  @Test
  void equalBoxesAgree() {
    List<Detection> boxes = List.of(box(0, 0, 10), box(1, 20, 10));

    Disagreement found = Disagreement.of(boxes, boxes);

    assertThat(found).isEqualTo(new Disagreement(2, 0, 0));
    assertThat(found.share()).isZero();
  }

  @Test
  void nothingAgreesWithNothing() {
    assertThat(Disagreement.of(List.of(), List.of()).share()).isZero();
  }

  @Test
  void anotherClassIsNoMatch() {
    Disagreement found = Disagreement.of(List.of(box(0, 0, 10)), List.of(box(1, 0, 10)));

    assertThat(found).isEqualTo(new Disagreement(0, 1, 1));
    assertThat(found.share()).isEqualTo(1);
  }

  @Test
  void aMatchNeedsHalfOfTheUnion() {
    // [0, 10] and [3, 13] of 10 rows: 70 shared, 130 covered, IoU 0.54
    assertThat(Disagreement.of(List.of(box(0, 0, 10)), List.of(box(0, 3, 10))).matched()).isOne();
    // [0, 10] and [4, 14]: 60 shared, 140 covered, IoU 0.43
    assertThat(Disagreement.of(List.of(box(0, 0, 10)), List.of(box(0, 4, 10))).matched()).isZero();
  }

  @Test
  void theLargestOverlapMatchesFirstAndEachBoxOnce() {
    // [0, 10] overlaps [1, 11] most (90 / 110); [2, 12] is left without a partner
    Disagreement found =
        Disagreement.of(List.of(box(0, 0, 10)), List.of(box(0, 2, 10), box(0, 1, 10)));

    assertThat(found).isEqualTo(new Disagreement(1, 0, 1));
    // One of two objects
    assertThat(found.share()).isEqualTo(0.5);
  }

  @Test
  void crowdRegionsAreNotMissed() {
    assertThat(Disagreement.withTruth(List.of(truth(true)), List.of()))
        .isEqualTo(new Disagreement(0, 0, 0));
    assertThat(Disagreement.withTruth(List.of(truth(false)), List.of()))
        .isEqualTo(new Disagreement(0, 1, 0));
  }

  @Test
  void boxesInsideACrowdRegionAreNotWrong() {
    assertThat(Disagreement.withTruth(List.of(truth(true)), List.of(box(0, 0, 5), box(0, 50, 5))))
        .isEqualTo(new Disagreement(0, 0, 1));
  }

  private static GroundTruth truth(boolean crowd) {
    return GroundTruth.newBuilder()
        .setLabel(0)
        .setX1(0)
        .setY1(0)
        .setX2(10)
        .setY2(10)
        .setCrowd(crowd)
        .build();
  }

  /** A box of 10 rows from the top. */
  private static Detection box(int label, float left, float width) {
    return new Detection(label, 0.9f, left, 0, left + width, 10);
  }
}
