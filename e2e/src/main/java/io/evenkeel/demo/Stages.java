package io.evenkeel.demo;

import java.io.IOException;

/** What there is to play on. A stage is set up when a scenario first asks for it. */
interface Stages {
  HaproxyStage haproxy() throws IOException;

  GatewayStage gateway() throws IOException;

  Watch watch();

  Shop shop();

  Screen screen();
}
