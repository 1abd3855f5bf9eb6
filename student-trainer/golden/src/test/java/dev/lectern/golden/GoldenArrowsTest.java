package dev.lectern.golden;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.lectern.trainer.InnerArrowsTest;

/** The rules of the trainer that golden cases keep too. */
@AnalyzeClasses(
    packages = "dev.lectern.golden",
    importOptions = ImportOption.DoNotIncludeTests.class)
class GoldenArrowsTest {
  @ArchTest
  static final ArchRule objectivesDoNotReadRecordings =
      InnerArrowsTest.objectivesDoNotReadRecordings;

  @ArchTest
  static final ArchRule numbersInAGraphComeFromConstants =
      InnerArrowsTest.numbersInAGraphComeFromConstants;
}
