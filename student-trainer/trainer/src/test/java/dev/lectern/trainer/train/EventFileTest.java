package dev.lectern.trainer.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  /**
   * What TensorBoard 2.21.0 writes of the same events: its {@code RecordWriter}, with {@code
   * event_pb2.Event(...).SerializeToString()}.
   */
  private static final String TENSORBOARD =
      "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe90f00000000"
          + "0000006d532b090900001040fc54d94110013a020801d161c2b93700000000000000e7e8ca59090000604"
          + "0fc54d94110ac022a290a110a0a6c6f73732f746f74616c15000020400a140a0d6c6561726e696e672d72"
          + "617465150ad7233cafc07c64";

  @Test
  void theBytesAreThoseThatTensorBoardWrites(@TempDir Path folder) throws IOException {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("loss/total", 2.5);
    numbers.put("learning-rate", 0.01);

    EventFile events = EventFile.create(folder.resolve("events"), 1700000000.25);
    events.started(1700000000.25, 1);
    events.numbers(1700000001.5, 300, numbers);

    assertThat(folder.resolve("events")).hasBinaryContent(HexFormat.of().parseHex(TENSORBOARD));
  }
}
