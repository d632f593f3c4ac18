use super::*;
use crate::history::{Transformation, Variant};
use crate::layout::{LayoutEntry, ValueCount};
use crate::transform::Transform;
use crate::value_type::ValueType;

const A: &str = ".a";

fn points(values: &[[f32; 2]]) -> Vec<DescriptorSet> {
    let point = |values: &[f32; 2]| {
        let mut point = DescriptorSet::default();
        point.insert(A, TrackValue::Real(values.to_vec()));
        point
    };
    values.iter().map(point).collect()
}

fn fit(values: &[[f32; 2]], options: &NormalizeOptions) -> Result<Normalize, TransformError> {
    let mut layout = DescriptorLayout::default();
    layout.insert(LayoutEntry::new(A, ValueType::Real, ValueCount::Fixed(2)));
    layout.insert(LayoutEntry::new(".key", ValueType::Enumeration, ValueCount::Fixed(1)));
    Normalize::fit(&points(values), &layout, &[A.into(), ".key".into()], options)
}

#[test]
fn range_is_one_for_all_dimensions_or_one_for_each() {
    let values = [[1.0, 10.0], [3.0, 20.0], [5.0, 40.0]];
    let together = fit(&values, &NormalizeOptions::default()).unwrap();
    let third = 1.0 / 39.0_f32;
    assert_eq!(together.coefficients[A], Affine { a: vec![third; 2], b: vec![-1.0 / 39.0; 2] });
    let independent = fit(&values, &NormalizeOptions { independent: true, ..Default::default() }).unwrap();
    let tenth = 1.0 / 30.0_f32;
    assert_eq!(independent.coefficients[A], Affine { a: vec![0.25, tenth], b: vec![-0.25, -10.0 * tenth] });
    assert_eq!(independent.moments[A].mean, [3.0, 70.0 / 3.0]);
    assert_eq!(independent.moments[A].var[0], 4.0);
}

#[test]
fn constant_dimension_becomes_zero() {
    let step = fit(&[[1.0, 7.0], [3.0, 7.0]], &NormalizeOptions { independent: true, ..Default::default() }).unwrap();
    assert_eq!(step.coefficients[A], Affine { a: vec![0.5, 0.0], b: vec![-0.5, 0.0] });
    let mut point = points(&[[2.0, 9.0]]).remove(0);
    step.apply(&mut point).unwrap();
    assert_eq!(point.reals(A), Some(&[0.5, 0.0][..]));
}

#[test]
fn variance_maps_mean_and_deviation() {
    let options = NormalizeOptions { target: NormalizeTarget::Variance, independent: true, ..Default::default() };
    let step = fit(&[[1.0, 0.0], [3.0, 0.0], [5.0, 3.0]], &options).unwrap();
    assert_eq!(step.coefficients[A].a[0], 0.125);
    assert_eq!(step.coefficients[A].b[0], 0.125);
    let error = fit(&[[1.0, 0.0]; 2], &NormalizeOptions { independent: false, ..options }).unwrap_err().to_string();
    let expected = "cannot fit normalize: bad option (expected independent = true with the variance, got false)";
    assert_eq!(error, expected);
}

#[test]
fn outliers_are_left_out_at_both_ends() {
    let values: Vec<[f32; 2]> = (0..11).map(|i| [if i == 10 { 1e6 } else { i as f32 }, i as f32]).collect();
    let options = NormalizeOptions { independent: true, outliers: Some(0.2), ..Default::default() };
    let step = fit(&values, &options).unwrap();
    // Positions 1 and 9 of 0 to 10.
    assert_eq!(step.coefficients[A], Affine { a: vec![0.125; 2], b: vec![-0.125; 2] });
    assert!(fit(&values, &NormalizeOptions { outliers: Some(1.5), ..options }).is_err());
}

#[test]
fn clipping_limits_new_points() {
    let options = NormalizeOptions { independent: true, clip: true, ..Default::default() };
    let step = fit(&[[0.0, 0.0], [2.0, 2.0]], &options).unwrap();
    let mut point = points(&[[-4.0, 9.0]]).remove(0);
    step.apply(&mut point).unwrap();
    assert_eq!(point.reals(A), Some(&[0.0, 1.0][..]));
}

#[test]
fn too_few_points_and_infinite_values_are_refused() {
    let options = NormalizeOptions { independent: true, ..Default::default() };
    let error = fit(&[[1.0, 2.0]], &options).unwrap_err().to_string();
    assert_eq!(error, "cannot fit normalize: too few points (expected at least 2, got 1)");
    let error = fit(&[[1.0, f32::INFINITY], [0.0, 0.0]], &options).unwrap_err();
    assert!(matches!(error, TransformError::NotFinite { index: 1, .. }), "{error}");
}

#[test]
fn parameters_are_read_as_they_were_written() {
    let step = Transform::Normalize(fit(&[[1.0, 10.0], [3.0, 20.0]], &NormalizeOptions::default()).unwrap());
    let written = |params: Variant| Transformation {
        name: None,
        analyzer: "normalize".into(),
        applier: step.applier().into(),
        analyzer_params: Variant::Map(Vec::new()),
        params,
        info: Some(step.info()),
        layout: None,
    };
    let after = DescriptorLayout::default();
    assert_eq!(Transform::from_transformation(&written(step.params()), 0, &after).unwrap(), step);
    let error = Transform::from_transformation(&written(Variant::Map(Vec::new())), 3, &after).unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot read transformation 3 (dotproduct): bad parameter `coeffs` (expected a map, got nothing)"
    );
    let pair = Variant::map([("a", Variant::doubles([1.0])), ("b", Variant::doubles([]))]);
    let params = Variant::map([("coeffs", Variant::map([(A, pair)]))]);
    let error = Transform::from_transformation(&written(params), 0, &after).unwrap_err().to_string();
    assert!(error.contains("expected as many offsets as factors of `.a`, 1, got 0"), "{error}");
}
