package dev.lectern.trainer.family.dense;

import ai.djl.ndarray.NDArray;
import dev.lectern.detector.network.Outputs;
import dev.lectern.trainer.assign.Assigner;
import dev.lectern.trainer.assign.BatchTargets;
import dev.lectern.trainer.assign.GroundTruth;
import dev.lectern.trainer.family.StudentPass;
import dev.lectern.trainer.family.TrainedFamily;
import dev.lectern.trainer.objective.LossTerm;
import dev.lectern.trainer.view.BoxReading;
import java.util.List;

/** A family with one prediction per prior, whose targets follow from the ground truth alone. */
public abstract class DenseFamily implements TrainedFamily {
  private final DenseTargetAssembler assembler;
  private final BoxReading reading;

  /**
   * @param assembler of the targets
   * @param reading how the student's box outputs become boxes
   */
  protected DenseFamily(DenseTargetAssembler assembler, BoxReading reading) {
    this.assembler = assembler;
    this.reading = reading;
  }

  /** The family's losses, in the order of reports. */
  protected abstract List<LossTerm> losses(DenseStudent student, DenseTargets targets);

  @Override
  public DenseTargets targets(List<GroundTruth> images) {
    return assembler.assemble(images);
  }

  @Override
  public Assigner assigner() {
    return assembler.assigner();
  }

  @Override
  public StudentPass pass(Outputs<NDArray> outputs, BatchTargets batch) {
    DenseTargets targets = (DenseTargets) batch;
    DenseStudent student = new DenseStudent(outputs, targets, reading);
    return new DensePass(student, () -> losses(student, targets));
  }
}
