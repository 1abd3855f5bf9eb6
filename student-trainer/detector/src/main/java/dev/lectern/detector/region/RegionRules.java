package dev.lectern.detector.region;

import dev.lectern.detector.prior.AnchorGenerator;
import dev.lectern.schemas.record.RegionPriors;
import dev.lectern.schemas.record.RegionRule;
import java.util.List;

/**
 * The rules by which a recording's regions are drawn (schemas/README.md, "Position sets"), for
 * students of given levels.
 */
public final class RegionRules {
  private RegionRules() {}

  /**
   * ATSS positives and the valuable region around them, at its widest.
   *
   * @param anchors of each cell
   * @param topk candidates per level and object
   */
  public static RegionPriors atssVlr(List<Integer> strides, AnchorGenerator anchors, int topk) {
    return rule(RegionRule.ATSS_VLR, strides, anchors, topk, 0, 0, List.of(), 0);
  }

  /**
   * Positives of {@link MaxIouAssigner}.
   *
   * @param anchors of each cell
   */
  public static RegionPriors maxIou(
      List<Integer> strides, AnchorGenerator anchors, double positiveIou, double minPositiveIou) {
    return rule(RegionRule.MAX_IOU, strides, anchors, 0, positiveIou, minPositiveIou, List.of(), 0);
  }

  /**
   * Positives of {@link FcosAssigner}.
   *
   * @param ranges pixels at which the largest side distance passes on to the next level
   * @param centerRadius half side of the sampled square in strides; 0 for the whole box
   */
  public static RegionPriors fcos(
      List<Integer> strides, double gridOffset, List<Double> ranges, double centerRadius) {
    return rule(
        RegionRule.FCOS,
        strides,
        AnchorGenerator.square(1, gridOffset),
        0,
        0,
        0,
        ranges,
        centerRadius);
  }

  /** Cells with their centre in an object, or on its edge, on every level. */
  public static RegionPriors insideBox(List<Integer> strides, double gridOffset) {
    AnchorGenerator cell = AnchorGenerator.square(1, gridOffset);
    return rule(RegionRule.INSIDE_BOX, strides, cell, 0, 0, 0, List.of(), 0);
  }

  private static RegionPriors rule(
      RegionRule rule,
      List<Integer> strides,
      AnchorGenerator anchors,
      int topk,
      double positiveIou,
      double minPositiveIou,
      List<Double> ranges,
      double centerRadius) {
    return new RegionPriors(
        strides,
        anchors.centreOffset(),
        anchors.octaveBaseScale(),
        topk,
        rule,
        anchors.scalesPerOctave(),
        anchors.ratios(),
        positiveIou,
        minPositiveIou,
        ranges,
        centerRadius);
  }

  /** The anchors that a rule is about; a cell's own square where it is about points. */
  public static AnchorGenerator anchors(RegionPriors rule) {
    return new AnchorGenerator(
        rule.getOctaveBaseScale(),
        rule.getScalesPerOctave(),
        rule.getRatios(),
        rule.getGridOffset());
  }

  /** Whether every position of one rule is a position of another: points of FCOS lie in boxes. */
  public static boolean covers(RegionPriors recorded, RegionPriors needed) {
    return recorded.equals(needed)
        || needed.getRule() == RegionRule.FCOS
            && recorded.equals(insideBox(needed.getStrides(), needed.getGridOffset()));
  }
}
