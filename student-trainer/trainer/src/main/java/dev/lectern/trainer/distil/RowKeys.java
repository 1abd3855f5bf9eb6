package dev.lectern.trainer.distil;

import dev.lectern.schemas.config.Key;
import dev.lectern.schemas.record.TensorKind;
import dev.lectern.trainer.assign.RegionPart;

/** The settings of methods on the logits of chosen rows. */
record RowKeys(
    @Key(
            choices = {
              "main",
              "vlr",
              "vlr_paper",
              "vlr_paper_without_main",
              "inside_box_without_main",
              "teacher_boxes",
              "recorded"
            },
            meaning = "where it applies")
        Region region,
    @Key(meaning = Method.VARIANT) Reading variant,
    @Key(meaning = "factor T^2, which the paper of ld does not print") Choice scaleT2,
    @Key(
            defaultsTo = "0.25",
            min = 0,
            max = 1,
            meaning = "lower bound of the vlr regions as a part of the threshold")
        double gamma) {
  enum Choice {
    YES,
    NO
  }

  private RegionPart part() {
    return region.part(region.isValuable() ? gamma : 0).orElseThrow();
  }

  /** What reads logits of the rows. */
  Needs needs(TensorKind read) {
    return switch (region) {
      case RECORDED -> Needs.logitsRecorded(read);
      case TEACHER_BOXES -> Needs.logitsOfTeacherBoxes(part());
      default -> Needs.logitsIn(part(), read);
    };
  }

  RowChoice rows(TensorKind read) {
    return region == Region.RECORDED ? new RecordedRows(read) : new RegionRows(part(), read);
  }

  /** What undoes the factor τ², where a run asks for that. */
  double unscaled(double temperature) {
    return scaleT2 == Choice.YES ? 1 : temperature * temperature;
  }
}
