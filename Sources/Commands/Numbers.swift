import ArgumentParser
import Settings

extension Option {
  /// The option of a setting that is a whole number.
  init<Root, Number: ExpressibleByArgument & FixedWidthInteger & SettingValue>(
    _ setting: Setting<Root, Number>
  )
  where Value == Number? {
    self.init(
      name: .customLong(setting.name), help: ArgumentHelp(setting), transform: WholeNumber.parse)
  }

  /// The option of a setting that is a whole number or nothing.
  init<Root, Number: ExpressibleByArgument & FixedWidthInteger & SettingValue>(
    _ setting: Setting<Root, Number?>
  )
  where Value == Number? {
    self.init(
      name: .customLong(setting.name), help: ArgumentHelp(setting), transform: WholeNumber.parse)
  }
}

extension Option where Value == Double? {
  /// The option of a setting that is a number.
  init<Root>(_ setting: Setting<Root, Double>) {
    self.init(
      name: .customLong(setting.name), help: ArgumentHelp(setting), transform: RealNumber.parse)
  }

  /// The option of a setting that is a number or nothing.
  init<Root>(_ setting: Setting<Root, Double?>) {
    self.init(
      name: .customLong(setting.name), help: ArgumentHelp(setting), transform: RealNumber.parse)
  }
}
