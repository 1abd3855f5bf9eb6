package dev.lectern.trainer;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.MethodCallTarget;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Set;

/** The direction of dependency between the packages of this module. */
@AnalyzeClasses(
    packages = "dev.lectern.trainer",
    importOptions = ImportOption.DoNotIncludeTests.class)
public class InnerArrowsTest {
  private static final String ROOT = "dev.lectern.trainer";

  @ArchTest
  static final ArchRule targetsKnowOnlyBoxesAndPriors =
      noClasses()
          .that()
          .resideInAPackage(ROOT + ".assign..")
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
              "dev.lectern.golden..",
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
              ROOT + ".assign..",
              ROOT + ".objective..",
              "dev.lectern.golden..",
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
  public static final ArchRule objectivesDoNotReadRecordings =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + ".objective..", "dev.lectern.golden..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + ".replay..", ROOT + ".eval..", "org.apache.kafka..");

  @ArchTest
  static final ArchRule targetsAndLossesDoNotKnowTheMethods =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + ".assign..", ROOT + ".loss..", ROOT + ".view..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(ROOT + ".distil..", ROOT + ".objective..");

  @ArchTest
  static final ArchRule methodsDoNotKnowTheHeads =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + ".distil..", ROOT + ".view..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + ".objective..")
          .orShould()
          .dependOnClassesThat()
          .haveSimpleNameContaining("Gfl");

  @ArchTest
  public static final ArchRule numbersInAGraphComeFromConstants =
      noClasses()
          .that()
          .resideInAnyPackage(
              ROOT + ".loss..",
              ROOT + ".objective..",
              ROOT + ".distil..",
              ROOT + ".view..",
              "dev.lectern.golden..")
          .should()
          .callMethodWhere(
              new DescribedPredicate<JavaMethodCall>(
                  "an operand of an array is a plain number, or an array changes in place") {
                @Override
                public boolean test(JavaMethodCall call) {
                  return takesANumber(call.getTarget()) || changesInPlace(call.getTarget());
                }
              })
          .because("DJL frees the array it makes of a plain number before backward reads it");

  private static final Set<String> OPERATIONS =
      Set.of("mul", "div", "pow", "mod", "maximum", "minimum");

  private static boolean takesANumber(MethodCallTarget target) {
    return isArray(target)
        && OPERATIONS.contains(target.getName())
        && target.getRawParameterTypes().stream()
            .anyMatch(type -> type.isAssignableTo(Number.class));
  }

  private static boolean changesInPlace(MethodCallTarget target) {
    return isArray(target)
        && Set.of("addi", "subi", "muli", "divi", "powi", "modi", "negi")
            .contains(target.getName());
  }

  private static boolean isArray(MethodCallTarget target) {
    return target.getOwner().isAssignableTo(NDArray.class)
        || target.getOwner().isAssignableTo(NDArrays.class);
  }
}
