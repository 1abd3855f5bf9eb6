package dev.lectern.trainer.catalogue;

import dev.lectern.schemas.config.UserMistakeException;
import dev.lectern.trainer.catalogue.Method.Levels;
import dev.lectern.trainer.objective.TermSite;
import dev.lectern.trainer.objective.term.HolisticTerm;
import dev.lectern.trainer.objective.term.HolisticTerm.Form;
import dev.lectern.trainer.objective.term.HolisticTerm.Preparation;
import java.util.List;

/** Methods in which a network of their own judges the student. */
final class AdversarialMethods {
  private AdversarialMethods() {}

  static List<Method> all() {
    return List.of(holistic());
  }

  private static Method holistic() {
    return Method.named("holistic", "a discriminator tells class maps of the two networks apart")
        .paper("Liu et al. 2019, arXiv:1903.04197, section 3.3")
        .formula("weight * -mean D(s); D: -mean D(t) + mean D(s) + penalty (|dD/dx| - 1)^2")
        .note(
            "maps are resized to 64 x 64 cells. D takes a step of its own after the student was"
                + " judged, Adam (0.9, 0.99), kept in checkpoints, neither trained nor clipped by"
                + " the run's optimiser; one power iteration a step. Published for segmentation,"
                + " without weights for detectors; the code of arXiv:2007.13108 takes 0.001")
        .weight(0.1)
        .classMaps()
        .levels(Levels.ALL)
        .keys(
            MethodKey.whole("level", 0, 0, "whose maps are compared, 0 is the finest"),
            MethodKey.choice("form", "what D minimises; hinge has no penalty", "wgan_gp", "hinge"),
            MethodKey.choice("preparation", "of the maps that D reads", "batch_norm", "tanh"),
            MethodKey.whole(
                "channels", 64, 1, "behind D's first convolution; fewer make it faster"),
            MethodKey.number("learning-rate", 4e-4, 0, "of D"),
            MethodKey.number("penalty", 10, 0, "weight of the gradient penalty"))
        .term(AdversarialMethods::holisticTerm);
  }

  private static HolisticTerm holisticTerm(LossConfig loss, TermSite site) {
    int level = loss.whole("level");
    if (level >= site.geometry().levels()) {
      throw new UserMistakeException(
          "losses.level: found "
              + level
              + " for "
              + loss.name()
              + ", the student has "
              + site.geometry().levels()
              + " levels, from 0");
    }
    return new HolisticTerm(
        level,
        site,
        new HolisticTerm.Settings(
            loss.choice("form").equals("hinge") ? Form.HINGE : Form.WGAN_GP,
            loss.choice("preparation").equals("tanh") ? Preparation.TANH : Preparation.BATCH_NORM,
            loss.whole("channels"),
            loss.number("learning-rate"),
            loss.number("penalty")));
  }
}
