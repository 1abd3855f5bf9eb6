package dev.lectern.trainer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The direction of dependency between the packages of this module. */
@AnalyzeClasses(
    packages = "dev.lectern.trainer",
    importOptions = ImportOption.DoNotIncludeTests.class)
class InnerArrowsTest {
  private static final String ROOT = "dev.lectern.trainer";

  @ArchTest
  static final ArchRule targetsKnowOnlyBoxesAndPriors =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".target..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "ai.djl..",
              "dev.lectern.schemas..",
              "dev.lectern.detector.backbone..",
              "dev.lectern.detector.neck..",
              "dev.lectern.detector.head..",
              ROOT + ".loss..",
              ROOT + ".objective..",
              ROOT + ".golden..",
              ROOT + ".train..",
              ROOT + ".replay..",
              ROOT + ".eval..");

  @ArchTest
  static final ArchRule lossesKnowOnlyTensorsBoxesAndPriors =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".loss..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.lectern.schemas..",
              "dev.lectern.detector.backbone..",
              "dev.lectern.detector.neck..",
              "dev.lectern.detector.head..",
              ROOT + ".target..",
              ROOT + ".objective..",
              ROOT + ".golden..",
              ROOT + ".train..",
              ROOT + ".replay..",
              ROOT + ".eval..");

  @ArchTest
  static final ArchRule nothingPointsBackAtTheTrainingLoop =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + ".train..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + ".train..")
          .allowEmptyShould(true);

  @ArchTest
  static final ArchRule objectivesDoNotReadRecordings =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + ".objective..", ROOT + ".golden..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + ".replay..", ROOT + ".eval..", "org.apache.kafka..");
}
