package dev.lectern.teacher.recording;

import org.apache.kafka.clients.consumer.AcknowledgeType;

/**
 * What becomes of a delivery.
 *
 * <pre>
 *   held --receipt acknowledged-------&gt; RECORDED
 *   held --not begun, or a try failed-&gt; RELEASED        (delivered again, to any worker)
 *   held --dead letter acknowledged---&gt; DEAD_LETTERED
 * </pre>
 */
enum Verdict {
  /** Its receipt is on the log. */
  RECORDED(AcknowledgeType.ACCEPT),
  /** It goes back to the queue for another try. */
  RELEASED(AcknowledgeType.RELEASE),
  /** Its dead letter is on the log: no more deliveries. */
  DEAD_LETTERED(AcknowledgeType.REJECT);

  private final AcknowledgeType acknowledgement;

  Verdict(AcknowledgeType acknowledgement) {
    this.acknowledgement = acknowledgement;
  }

  /** What the broker receives. */
  AcknowledgeType acknowledgement() {
    return acknowledgement;
  }
}
