package dev.lectern.teacher.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import dev.lectern.detector.export.proto.GraphProto;
import dev.lectern.detector.export.proto.ModelProto;
import dev.lectern.detector.export.proto.OperatorSetIdProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OnnxReasonTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Error code - ORT_FAIL - message: Invalid rank | Invalid rank
          Failed: /src/core/graph/model.cc:150 ns::Model::Model(T&&, const ns::L&) Unsupported IR (9) | Failed: Unsupported IR (9)
          /src/a.h:7 static bool ns::F::Get(const std::vector<int>&) const x (y) was false | x (y) was false
          a.cc:1 ns::(anonymous namespace)::f::operator()(int) off: b.cc:2 void g() lost | off: lost
          model.cc:12 no function here | no function here
          """)
  void sourceLinesAndSignaturesAreLeftOut(String message, String reason) {
    assertThat(OnnxReason.of(new OrtException(message))).isEqualTo(reason);
  }

  @Test
  void aModelOfTheFutureIsRefusedInPlainWords() {
    byte[] model =
        ModelProto.newBuilder()
            .setIrVersion(999)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
            .setGraph(GraphProto.newBuilder().setName("g"))
            .build()
            .toByteArray();

    OrtException failure =
        catchThrowableOfType(
            OrtException.class, () -> OrtEnvironment.getEnvironment().createSession(model).close());

    assertThat(failure).hasMessageContaining("onnxruntime::");
    assertThat(OnnxReason.of(failure)).contains("IR version: 999").doesNotContain("::", ".cc:");
  }
}
