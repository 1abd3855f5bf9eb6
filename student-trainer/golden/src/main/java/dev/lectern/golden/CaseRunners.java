package dev.lectern.golden;

import dev.lectern.golden.family.gfl.GflCases;
import dev.lectern.golden.family.gflv2.GuidedQualityCases;
import dev.lectern.golden.family.yolov8.YoloCases;
import java.util.Map;
import java.util.TreeMap;

/** Every method that can be verified, by method id. */
public final class CaseRunners {
  private CaseRunners() {}

  /** Runner of each method id, sorted by id. */
  public static Map<String, CaseRunner> all() {
    Map<String, CaseRunner> runners = new TreeMap<>();
    runners.putAll(BoxCases.runners());
    runners.putAll(TargetCases.runners());
    runners.putAll(DetectorLossCases.runners());
    runners.putAll(LogitDistillationCases.runners());
    runners.putAll(ChannelWiseCases.runners());
    runners.putAll(ImitationCases.runners());
    runners.putAll(ReviewCases.runners());
    runners.putAll(AttentionCases.runners());
    runners.putAll(InstanceCases.runners());
    runners.putAll(GidCases.runners());
    runners.putAll(DecodingCases.runners());
    runners.putAll(HolisticCases.runners());
    runners.putAll(RelationCases.runners());
    runners.putAll(GflCases.runners());
    runners.putAll(GuidedQualityCases.runners());
    runners.putAll(AnchorHeadCases.runners());
    runners.putAll(YoloCases.runners());
    return runners;
  }
}
